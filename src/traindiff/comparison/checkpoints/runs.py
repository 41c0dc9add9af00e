"""Which checkpoints are independent: epochs of one run are one unit (METHOD §10.9)."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from traindiff.comparison.checkpoints.scaled_scores import ScaledScores
from traindiff.errors import InputError

__all__ = ["by_run", "looks_like_one_run"]

FEWEST_IN_A_CHAIN = 5
"""Of fewer, too many honest ones are in the order of their likeness by chance."""
MOST_IN_A_CHAIN = 7
CLEARLY = 0.05
"""By how much neighbours' correlation must exceed that of checkpoints farther apart."""


def by_run(scores: np.ndarray, runs: Sequence[object] | None, name: str) -> np.ndarray:
    """Return the mean of the scaled scores of each run, [runs, targets, train].

    Parameters
    ----------
    scores : array, shape [checkpoints, targets, train]
    runs : sequence, or None
        A label a checkpoint; None where every checkpoint is a run of its own.
    name : str
        Of the labels, for errors.

    Raises
    ------
    InputError
        When there is not one label a checkpoint.
    """
    if runs is None:
        return scores
    if len(runs) != len(scores):
        raise InputError(
            f"{name} must name the run of each of the {len(scores)} checkpoints, found {len(runs)}."
        )
    labels = [str(each) for each in runs]
    scaled = ScaledScores(given=tuple(scores))
    own = [np.array([each == label for each in labels]) for label in dict.fromkeys(labels)]
    means = [scaled.weighted(chosen / chosen.sum()) for chosen in own]
    return np.asarray(means, dtype=np.float32)


def looks_like_one_run(scores: np.ndarray) -> bool:
    """Return whether checkpoints are most alike in the order in which they stand.

    As the epochs of one run are: their scores' correlation falls with their distance, which in
    independent runs of 5 it does in one order of 60.
    """
    size = len(scores)
    if size < FEWEST_IN_A_CHAIN:
        return False
    likeness = np.corrcoef([np.ravel(each) for each in scores[:MOST_IN_A_CHAIN]])
    neighbours = np.eye(len(likeness), k=1, dtype=bool)
    farther = np.triu(~neighbours, 1)

    def contrast(order: Sequence[int]) -> float:
        seen = likeness[np.ix_(order, order)]
        return float(seen[neighbours].mean() - seen[farther].mean())

    observed = contrast(range(len(likeness)))
    spread = 1 - likeness[np.triu_indices(len(likeness), 1)].mean()
    if observed <= CLEARLY * spread:
        return False
    orders = permutations(range(len(likeness)))
    return observed >= max(map(contrast, orders)) - 1e-12
