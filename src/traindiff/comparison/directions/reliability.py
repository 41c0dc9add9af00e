"""Would other models have found the same? Two disjoint halves, compared (METHOD §5.6)."""

import numpy as np

from traindiff.comparison.base import Reliability
from traindiff.comparison.directions.refits import Refit

__all__ = ["measure_reliability"]

TOP = 20


def measure_reliability(first: Refit, second: Refit) -> tuple[Reliability, ...]:
    """Return how far two halves of the models agree on each direction.

    Projections are compared over whitened targets: un-whitened, any two directions would agree,
    because the noise that all targets share would dominate both.
    """
    return tuple(
        Reliability(
            projection_correlation=_correlation(first.z @ v, second.z @ w),
            train_overlap=_overlap(v, w),
        )
        for v, w in zip(first.directions, second.directions, strict=True)
    )


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    norm = float(np.linalg.norm(x) * np.linalg.norm(y))
    return abs(float(x @ y)) / norm if norm else 0.0


def _overlap(v: np.ndarray, w: np.ndarray) -> float:
    size = min(TOP, len(v))
    tops = (set(np.argsort(-np.abs(u), kind="stable")[:size].tolist()) for u in (v, w))
    return len(set.intersection(*tops)) / size
