"""Keep a published division into training and held-out examples."""

import numpy as np

from traindiff import seeding

__all__ = ["TARGETS", "parts_of"]

TARGETS = 0.6
"""Share of the published held-out examples that become targets; the others are for verification."""


def parts_of(published: np.ndarray, *, seed: int) -> np.ndarray:
    """Return the part of each example: the metadata column that a study's ``group`` names.

    With ``group = "part"`` and the parts' own sizes, largest first,
    `traindiff.datasets.splits.split` keeps the published training examples together, and the
    others, divided at random, become targets and verification examples.

    Parameters
    ----------
    published : str array, shape [examples]
        The publisher's split of each example; "train" is for training, whatever else is held out.
    seed : int

    Returns
    -------
    str array, shape [examples]
        "train", "targets" or "verification".
    """
    parts = np.full(len(published), "train", dtype="<U12")
    held_out = np.flatnonzero(published != "train")
    held_out = seeding.stream(seed, "parts").permutation(held_out)
    cut = round(TARGETS * len(held_out))
    parts[held_out[:cut]], parts[held_out[cut:]] = "targets", "verification"
    return parts
