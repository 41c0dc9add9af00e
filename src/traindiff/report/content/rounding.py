"""Six significant digits: enough for every chart, and the same bytes on every machine."""

from collections.abc import Iterable

import numpy as np

from traindiff.report.content.document import Interval
from traindiff.statistics.bootstrap import Interval as Estimate

__all__ = ["interval", "tidy", "tidy_all"]


def tidy(value: float, digits: int = 6) -> float:
    """Return ``value`` to some significant digits; never −0."""
    return float(f"{value:.{digits}g}") + 0.0


def tidy_all(values: np.ndarray | Iterable[float], digits: int = 6) -> tuple[float, ...]:
    """Return many values, each to some significant digits."""
    form = f"%.{digits}g"
    return tuple([float(form % value) + 0.0 for value in np.asarray(values, dtype=float).tolist()])


def interval(estimate: Estimate) -> Interval:
    """Return an estimate as plain data."""
    return Interval(mean=tidy(estimate.mean), low=tidy(estimate.low), high=tidy(estimate.high))
