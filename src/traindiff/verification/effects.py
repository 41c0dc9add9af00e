"""Counterfactual effects: what a transformation of the inputs does to an output (METHOD §6)."""

import numpy as np

from traindiff.algorithms import Ensemble
from traindiff.datasets import Dataset
from traindiff.hypotheses.measures import measure
from traindiff.seeding import derive
from traindiff.transforms.base import Transform

__all__ = ["effect", "placebo_inputs"]

_PLACEBOS = 20
"""Random contents over which a placebo is averaged, each on its share of the inputs."""


def effect(
    ensemble: Ensemble,
    inputs: np.ndarray,
    labels: np.ndarray,
    transform: Transform,
    output: str,
    class_index: int | None,
) -> np.ndarray:
    """Return ψ(f, F(x)) − ψ(f, x) for every model f and input x.

    Parameters
    ----------
    ensemble : Ensemble
    inputs : array, shape [inputs, ...]
    labels : array, shape [inputs]
    transform : Transform
        F, bound to the data.
    output : str
        ψ, a key of `traindiff.hypotheses.measures.OUTPUTS`.
    class_index : int or None
        The class measured, for outputs that are about one.

    Returns
    -------
    array, float64, shape [models, inputs]
        In units of the output; positive = the output rises.
    """
    before = measure(output, ensemble.predict(inputs), labels, class_index)
    after = measure(output, ensemble.predict(transform.apply(inputs)), labels, class_index)
    return np.asarray(after - before)


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
