"""p-values from a null sample."""

import numpy as np

__all__ = ["joint_p_value", "permutation_p_values", "pooled_p_values"]


def permutation_p_values(observed: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return (1 + #{null >= observed}) / (1 + P) for each observed value.

    Parameters
    ----------
    observed : array, shape [values]
    null : array, shape [permutations]
        Draws of one statistic under the null hypothesis; higher = more extreme.

    Returns
    -------
    array, shape [values]
        Valid p-values (Phipson & Smyth 2010): never 0.
    """
    null = np.sort(null)
    # "left": a draw that equals the observation counts against it.
    above = len(null) - np.searchsorted(null, observed, side="left")
    return np.asarray((1 + above) / (1 + len(null)))


def pooled_p_values(observed: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return p-values of many units that share one null distribution.

    Parameters
    ----------
    observed : array, shape [units]
    null : array, shape [permutations, units]
        Statistics of all units under each permutation, in the same unit of measurement.
    """
    return permutation_p_values(observed, null.ravel())


def joint_p_value(observed: np.ndarray, null: np.ndarray) -> float:
    """Return the p-value of the smallest of several p-values, by their joint null.

    Each statistic becomes its rank p-value within the pooled sample of the observation and the
    permutations; the smallest is compared with the smallest of every permutation. Where those are
    equal, as they often are in a small sample, the sum of all decides. Exact when the observation
    is exchangeable with the permutations (METHOD §5.8).

    Parameters
    ----------
    observed : array, shape [statistics]
    null : array, shape [permutations, statistics]
    """
    # The observation is ranked in one pool with the draws, whose own smallest p-values are its
    # null: ranked against them alone, it would not be exchangeable with them.
    pool = np.vstack([observed, null])
    ranks = np.column_stack([permutation_p_values(c, c) for c in pool.T]) * (1 + len(pool))
    # Back to counts: ties must compare equal, and quotients round.
    smallest, total = np.rint(ranks.min(axis=1)), np.rint(ranks.sum(axis=1))
    tied = (smallest == smallest[0]) & (total <= total[0])
    return float(((smallest < smallest[0]) | tied).mean())
