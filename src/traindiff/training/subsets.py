"""Which examples each model sees, and each model's seed.

Row i depends on the study's seed, the stream's name and i alone: more models can be added later,
and any of them drawn by itself.
"""

import numpy as np
from jaxtyping import Bool

from traindiff import seeding
from traindiff.errors import InputError

__all__ = ["draw_masks", "model_seeds"]

MOST_ENTRIES = 1e10
"""Of masks, a byte each: a hundred thousand models of a hundred thousand examples."""


def draw_masks(
    models: int, train: int, fraction: float, seed: int, *, side: str = "shared", start: int = 0
) -> Bool[np.ndarray, "models train"]:
    """Draw uniformly random subsets of one fixed size (METHOD §1).

    Parameters
    ----------
    models : int
        How many.
    train : int
        Training examples to choose among.
    fraction : float
        Share of them that each model sees, in (0, 1); the size is the nearest whole number.
    seed : int
        The study's seed.
    side : str
        Name of the stream: one name for A and B pairs their subsets.
    start : int
        Index of the first model.

    Returns
    -------
    bool array, shape [models, train]

    Raises
    ------
    InputError
        When the subsets would be empty, hold every example, or be more than memory holds.

    Examples
    --------
    >>> draw_masks(3, 10, 0.5, seed=0).sum(axis=1)
    array([5, 5, 5])
    """
    size = round(fraction * train)
    if models < 1 or not 0 < size < train:
        raise InputError(
            f"expected at least 1 model and a subset of 1 to {train - 1} of the {train} training "
            f"examples, found {models} models and fraction {fraction} (a subset of {size})."
        )
    if models * train > MOST_ENTRIES:
        raise InputError(
            f"{models:,} models of {train:,} training examples need {models * train / 1e9:,.0f} GB "
            f"for their masks alone: ask for at most {int(MOST_ENTRIES) // train:,} models."
        )
    masks = np.zeros((models, train), dtype=bool)
    for row, mask in enumerate(masks):
        stream = seeding.stream(seed, "subset", side, start + row)
        mask[stream.choice(train, size=size, replace=False, shuffle=False)] = True
    return masks


def model_seeds(models: int, seed: int, *, side: str = "shared", start: int = 0) -> list[int]:
    """Return the seed of each model's own randomness: weights, batch order, augmentation.

    Parameters
    ----------
    models : int
        How many.
    seed : int
        The study's seed.
    side : str
        Name of the stream: one name for A and B gives them common random numbers.
    start : int
        Index of the first model.
    """
    return [seeding.derive(seed, "model", side, start + row) for row in range(models)]
