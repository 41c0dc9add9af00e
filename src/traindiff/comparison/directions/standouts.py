"""A direction with only the training examples that stand out of its noise: to read, no more."""

import numpy as np
from scipy.stats import false_discovery_control, norm

from traindiff.comparison.base import Comparison
from traindiff.errors import InputError

__all__ = ["sparse_direction"]


def sparse_direction(comparison: Comparison, direction: int, level: float = 0.1) -> np.ndarray:
    """Return a significant direction's weights, 0 where noise alone may have put them.

    The noise of a direction's weights is the same in every training example (METHOD §5.3). Subsets
    of one size determine the weights but for a constant; the one that leaves most of them near 0 is
    their median. Examples are kept whose distance from it is beyond the noise, told from the median
    distance, at a false discovery rate of ``level`` [BH]. The pattern was found on the same data,
    so this is a way to read a direction; no p-value depends on it.

    Parameters
    ----------
    comparison : Comparison
        Of the honest method.
    direction : int
        One of ``comparison.significant``.
    level : float
        False discovery rate among the examples kept.

    Returns
    -------
    array, shape [train]
        Distances from the median weight, signed as in ``comparison.directions``.

    Raises
    ------
    InputError
        When the direction is not significant: nothing of it is worth showing.
    """
    if direction not in comparison.significant:
        raise InputError(
            f"direction {direction} is not significant; the significant ones are "
            f"{list(comparison.significant)}. Only those have weights beyond noise."
        )
    weights = comparison.directions[direction]
    weights = weights - np.median(weights)
    distances = np.abs(weights)
    noise = np.median(distances) / norm.ppf(0.75)  # of normal noise, whatever stands out of it
    z_scores = np.divide(distances, noise, out=np.full_like(distances, np.inf), where=noise > 0)
    kept = false_discovery_control(2 * norm.sf(z_scores)) <= level
    return np.where(kept, weights, 0.0)
