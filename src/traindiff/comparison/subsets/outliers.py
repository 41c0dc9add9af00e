"""Models that diverged and are finite all the same: left out, and said to be (METHOD §10.3).

A step before it overflows, a model has outputs of 1e5 to 1e30. One such row is all of a standard
deviation, and moves every scale that is tried away from the true one.
"""

import numpy as np

from traindiff.comparison.subsets.pairing import Matched
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = ["far_models", "robust_spread", "without_far_models"]

FAR = 1000.0
"""How many times as far from the medians as the median model a model is that has diverged."""


def without_far_models(models: Matched) -> tuple[Matched, Pair[np.ndarray]]:
    """Return the models that did not diverge, and which rows of what was given did.

    Of a pair, both models are left out where one is.
    """
    far = models.outputs.map(far_models)
    named = Pair(*(rows[each] for rows, each in zip(models.rows, far, strict=True)))
    if not any(map(np.any, far)):
        return models, named
    left = far.map(np.logical_not)
    if models.paired:
        left = Pair(left.a & left.b, left.a & left.b)
    return models.take(left), named


def far_models(outputs: Outputs) -> np.ndarray:
    """Return which models are a thousand times as far off as the median model, bool [models].

    A model's distance is the largest over targets of that from the target's median, over its median
    absolute deviation. Compared with other models and not with 1, for saturated outputs (log p near
    0) have deviations of many spreads in every model.
    """
    values = outputs.values.astype(np.float64)
    distances = np.abs(values - np.median(values, axis=0))
    spreads = np.median(distances, axis=0)
    if not spreads.any():  # most models say the same of every target: no unit to measure by
        return np.zeros(outputs.n_models, dtype=bool)
    # Targets that hardly vary are measured by a typical one: their own unit is rounding.
    spreads = np.maximum(spreads, np.median(spreads[spreads > 0]) * 1e-6)
    farthest = (distances / spreads).max(axis=1)
    return np.asarray(farthest > FAR * np.median(farthest))


def robust_spread(values: np.ndarray) -> float:
    """Return the root mean square over rows [basis, models] of their median absolute deviations."""
    off = np.abs(values - np.median(values, axis=1, keepdims=True))
    return float(1.4826 * np.sqrt(np.square(np.median(off, axis=1)).sum()))
