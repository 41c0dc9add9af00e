"""Placebos: what a transformation's kind does with random content (METHOD §6)."""

import numpy as np

from traindiff.datasets import Dataset
from traindiff.seeding import derive
from traindiff.transforms import Transform

__all__ = ["placebo_contents", "placebo_inputs"]

_PLACEBOS = 20
"""Random contents over which a placebo is averaged, each on its share of the inputs."""


def placebo_inputs(transform: Transform, data: Dataset, rows: np.ndarray, seed: int) -> np.ndarray:
    """Return the inputs at ``rows`` under placebos of ``transform``, of its strength.

    The inputs take turns among several placebos of random content, so that one forward pass
    measures what the kind does on average.

    Parameters
    ----------
    transform : Transform
    data : Dataset
    rows : int array, shape [rows]
    seed : int
        The same seed gives the same contents at every strength.
    """
    changed = np.array(data.inputs[rows])
    for turn in range(min(_PLACEBOS, len(rows))):
        placebo = transform.placebo(data, derive(seed, "placebo", turn))
        changed[turn::_PLACEBOS] = placebo.apply(data.inputs[rows[turn::_PLACEBOS]])
    return changed


def placebo_contents(rows: int) -> np.ndarray:
    """Return which random content each of ``rows`` inputs has under `placebo_inputs`.

    Inputs with one content share its luck: contents are what was sampled, not inputs.
    """
    return np.arange(rows) % _PLACEBOS
