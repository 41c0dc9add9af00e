"""Pairs of neighbouring inputs: how far a model's answer moves between them says where it decides.

Pairs are made from inputs alone, so that every model is asked about the same ones.
"""

from typing import Literal

import numpy as np

from traindiff import seeding
from traindiff.errors import InputError, one_of, whole

__all__ = ["NEIGHBOURS", "Neighbours", "neighbours"]

Neighbours = Literal["gaussian", "mix-up"]
NEIGHBOURS: tuple[Neighbours, ...] = ("gaussian", "mix-up")


def neighbours(
    inputs: np.ndarray, *, kind: Neighbours, most: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inputs, their neighbours, and which inputs they are.

    Parameters
    ----------
    inputs : float array, shape [examples, ...]
    kind : {"gaussian", "mix-up"}
        "gaussian": each feature moves by normal noise of its own standard deviation, within its
        range. "mix-up": the middle between the input and another one.
    most : int
        Inputs used, at random where there are more.
    seed : int

    Returns
    -------
    array, shape [pairs, ...]
    array, shape [pairs, ...]
        Of the inputs' type.
    int array, shape [pairs]

    Raises
    ------
    InputError
        When the inputs are not numbers, or fewer than two.
    """
    one_of("kind of neighbour", kind, NEIGHBOURS, "boundaries")
    whole("the number of pairs", most)
    if inputs.dtype.kind not in "fiu" or len(inputs) < 2:
        raise InputError(
            "boundaries moves inputs a little, which takes at least 2 inputs of numbers; found "
            f"{len(inputs)} of type {inputs.dtype}. For texts, give their embeddings and models of "
            "these."
        )
    chosen = np.sort(seeding.stream(seed, "boundaries").permutation(len(inputs))[:most])
    moved = _noisy(inputs, chosen, seed) if kind == "gaussian" else _mixed(inputs, chosen, seed)
    return inputs[chosen], moved.astype(inputs.dtype), chosen


def _noisy(inputs: np.ndarray, chosen: np.ndarray, seed: int) -> np.ndarray:
    noise = seeding.stream(seed, "boundaries", "noise").normal(size=inputs[chosen].shape)
    moved = inputs[chosen] + noise * inputs.std(axis=0, dtype=np.float64)
    return np.asarray(np.clip(moved, inputs.min(axis=0), inputs.max(axis=0)))


def _mixed(inputs: np.ndarray, chosen: np.ndarray, seed: int) -> np.ndarray:
    # A step of 1 or more through the inputs: no input is mixed with itself.
    steps = seeding.stream(seed, "boundaries", "partners").integers(
        1, len(inputs), size=len(chosen)
    )
    return np.asarray((inputs[chosen] + inputs[(chosen + steps) % len(inputs)]) / 2)
