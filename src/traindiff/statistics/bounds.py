"""Exact bounds on shares, for where too little was seen to estimate a spread (METHOD §10.7).

That nothing flipped among n inputs is no proof that nothing flips: a share of 1 − (α/2)^(1/n) shows
nothing in α/2 of samples. The bootstrap knows only what it saw and gives an interval of no width.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from traindiff.errors import between

__all__ = ["Counts", "chance_missed", "mean_bounds", "units_needed", "unseen_share"]

Counts = Literal["shares", "changes"]
"""What values count: 0 or 1 (somebody is right), or the change of such, −1, 0 or 1."""


class _Share(NamedTuple):
    value: float
    low: float
    high: float


def unseen_share(units: float, tail: float) -> float:
    """Return the largest share of a kind of unit of which ``units`` hold none but for ``tail``.

    >>> round(unseen_share(100, 0.025), 3)
    0.036
    """
    return float(-np.expm1(np.log(tail) / units))


def units_needed(limit: float, level: float = 0.95) -> int:
    """Return how many units must all stay as they were to show a share within ±``limit``.

    >>> units_needed(0.02)
    183

    Raises
    ------
    InputError
        When ``limit`` or ``level`` is not between 0 and 1.
    """
    between("limit", limit, 0, 1, strictly=True)
    between("level", level, 0, 1, strictly=True)
    return int(np.ceil(np.log((1 - level) / 2) / np.log1p(-limit)))


def chance_missed(share: float, units: int) -> float:
    """Return the chance that ``units`` drawn at random hold none of a ``share`` of their kind.

    >>> round(chance_missed(0.1, 5), 2)
    0.59
    """
    return float((1 - share) ** units)


def mean_bounds(
    values: np.ndarray, sizes: np.ndarray, *, kind: Counts, models: int, tail: float
) -> tuple[float, float]:
    """Return bounds on the mean over the population of units.

    Of changes, the share that rises and the share that falls have each an interval, and their
    difference is bounded by the method of variance estimates recovery (Zou and Donner 2008).

    Parameters
    ----------
    values : array, shape [units]
        Mean of each unit over models.
    sizes : array, shape [units]
        Inputs in each unit.
    kind : {"shares", "changes"}
        Whether what was averaged is 0 or 1, or a difference of such.
    models : int
        Models behind the values: no unit counts for more than these.
    tail : float
        Chance that the truth lies beyond either bound.
    """
    # What was never seen may be as extreme as what was: a difference of changes reaches ±2.
    reach = float(np.ceil(max(np.abs(values).max(), 1)))
    rise = _share(np.maximum(values, 0) / reach, sizes, models, tail)
    if kind == "shares":
        return rise.low, rise.high
    fall = _share(np.maximum(-values, 0) / reach, sizes, models, tail)
    mean = rise.value - fall.value
    low = mean - np.hypot(rise.value - rise.low, fall.high - fall.value)
    high = mean + np.hypot(rise.high - rise.value, fall.value - fall.low)
    return float(reach * low), float(reach * high)


def _share(parts: np.ndarray, sizes: np.ndarray, models: int, tail: float) -> _Share:
    """Return the mean of parts in [0, 1] with its bounds.

    Clopper and Pearson's at the number of independent 0/1 units that would vary as much (Korn and
    Graubard 1998), and no nearer than units of a kind not seen could move it.
    """
    share = float((sizes * parts).sum() / sizes.sum())
    units = float(sizes.sum() ** 2 / (sizes**2).sum())
    low, high = _clopper_pearson(share, _worth(parts, sizes, share, models), tail)
    unseen = unseen_share(units, tail)
    return _Share(share, min(low, share * (1 - unseen)), max(high, share + (1 - share) * unseen))


def _worth(parts: np.ndarray, sizes: np.ndarray, share: float, models: int) -> float:
    units = float(sizes.sum() ** 2 / (sizes**2).sum())
    if share in (0.0, 1.0):
        return units
    spread = float((sizes**2 @ (parts - share) ** 2) / sizes.sum() ** 2) * units / (units - 1)
    least = share * (1 - share) / (models * units)
    return share * (1 - share) / max(spread, least)


def _clopper_pearson(share: float, units: float, tail: float) -> tuple[float, float]:
    hits, misses = share * units, (1 - share) * units
    low = stats.beta.ppf(tail, hits, misses + 1) if hits > 0 else 0.0
    high = stats.beta.isf(tail, hits + 1, misses) if misses > 0 else 1.0
    return float(low), float(high)
