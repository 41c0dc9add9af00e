"""Intervals for averages over models and inputs, both of which are samples (METHOD §6).

A model x input table is not a sample of m·n independent numbers: all inputs share a model's luck
and all models share an input's. The pigeonhole bootstrap (Owen 2007) resamples rows and columns
independently. It gives the shape of the estimate's distribution but not its width: too wide where
cells are noisy, too narrow with few models. So its deviations are rescaled to the unbiased variance
of a two-way random-effects table, with Student quantiles at Satterthwaite's degrees of freedom
(fewer where tails are heavy, Box 1953), and its quantiles are taken at levels corrected for
skewness (BCa, Efron 1987). Rates have exact bounds beside it (`traindiff.statistics.bounds`).
``benchmarks/verification.py`` measures the coverage.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from traindiff.errors import InputError, at_least, between
from traindiff.seeding import stream
from traindiff.statistics.bounds import Counts, mean_bounds
from traindiff.statistics.families import by_family, checked_families, freedom

__all__ = [
    "Interval",
    "two_way_difference",
    "two_way_interval",
    "two_way_p_value",
]

_CHUNK = 250
"""Resamples drawn at once: bounds memory at a few times this many rows of inputs."""
_ENOUGH_FOR_KURTOSIS = 4
_ROUNDING = 1e-14
_MOST_SKEWED = 0.25
"""Beyond this the correction would run away."""


class Interval(NamedTuple):
    """An estimate with its confidence interval, in the units of the values."""

    mean: float
    low: float
    high: float

    def beyond(self, limit: float) -> bool:
        """Return whether all of the interval lies above ``limit``, or all of it below −limit."""
        return self.low > limit or self.high < -limit

    def within(self, limit: float) -> bool:
        """Return whether all of the interval lies in [−limit, limit]."""
        return -limit <= self.low and self.high <= limit


def two_way_interval(
    values: np.ndarray,
    *,
    families: np.ndarray | None = None,
    counts: Counts | None = None,
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Return the mean over models and inputs with its interval.

    For two algorithms whose models are paired one to one, pass the difference of their values.

    Parameters
    ----------
    values : array, shape [models, inputs]
        At least 2 of each.
    families : array, shape [inputs], optional
        Equal values are one family of inputs, which is then what was sampled; else each input is.
    counts : {"shares", "changes"} or None
        Whether all values are 0 or 1, or changes of such. The interval then reaches at least as far
        as exact bounds on shares, so it has a width even where no input flipped.
    seed : int
        Of the resampling.
    resamples : int
        Bootstrap draws.
    level : float
        Coverage aimed at.

    Raises
    ------
    InputError
        When the table is too small or holds NaN or infinite values, or a setting is out of range.

    Examples
    --------
    >>> two_way_interval(np.ones((3, 4)), seed=0)
    Interval(mean=1.0, low=1.0, high=1.0)
    >>> two_way_interval(np.ones((3, 4)), counts="shares", seed=0).low < 0.5
    True
    """
    tables = [_table(values, "values")]
    return _Sample(tables, families).interval(counts, seed, resamples, level)


def two_way_difference(
    a: np.ndarray,
    b: np.ndarray,
    *,
    families: np.ndarray | None = None,
    counts: Counts | None = None,
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Return mean(a) − mean(b) with its interval: the same inputs, models of their own.

    Parameters
    ----------
    a : array, shape [models of A, inputs]
    b : array, shape [models of B, inputs]
    families, counts, seed, resamples, level
        As in `two_way_interval`; the difference of two shares is a change.

    Raises
    ------
    InputError
        As `two_way_interval`, and when a and b have different inputs.
    """
    return _Sample(_pair(a, b), families).interval(counts, seed, resamples, level)


def two_way_p_value(a: np.ndarray, b: np.ndarray, *, families: np.ndarray | None = None) -> float:
    """Return the two-sided p-value of "mean(a) = mean(b)" (Student's t, as in the intervals).

    Parameters
    ----------
    a : array, shape [models of A, inputs]
    b : array, shape [models of B, inputs]
    families : array, shape [inputs], optional
        As in `two_way_interval`.

    Raises
    ------
    InputError
        As `two_way_difference`.
    """
    sample = _Sample(_pair(a, b), families)
    groups = sample.groups
    mean = sum(float(group.mean()) for group in groups)
    variance, worth = _variance(groups, sample.most)
    if variance == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stats.t.sf(abs(mean) / np.sqrt(variance), worth))


class _Sample:
    """Tables whose means are added; they share their inputs, or families of inputs."""

    def __init__(self, tables: Sequence[np.ndarray], families: np.ndarray | None) -> None:
        self.tables = tables
        self.members = checked_families(families, tables[0].shape[1])
        self.most = freedom(self.members)
        # Each input its own family: the same numbers to the last bit as without families.
        alone = families is None
        self.groups = tables if alone else [by_family(table, self.members) for table in tables]

    def interval(self, counts: Counts | None, seed: int, resamples: int, level: float) -> Interval:
        """Return the interval of the sum of the tables' means."""
        between("level", level, 0, 1, strictly=True)
        at_least("resamples", resamples, 100)
        usual = _interval(self.groups, self.most, seed, resamples, level)
        return usual if counts is None else self._widened(usual, counts, (1 - level) / 2)

    def _widened(self, usual: Interval, counts: Counts, tail: float) -> Interval:
        sizes, several = np.bincount(self.members), len(self.tables) > 1
        by_input = np.sum([table.mean(axis=0) for table in self.tables], axis=0)
        low, high = mean_bounds(
            np.bincount(self.members, by_input) / sizes,
            sizes,
            kind="changes" if several else counts,
            models=min(map(len, self.tables)),
            tail=tail,
        )
        least, most = (0, 1) if counts == "shares" and not several else (-1, 1)
        reach = len(self.tables) if counts == "changes" else 1
        ends = np.clip([min(usual.low, low), max(usual.high, high)], reach * least, reach * most)
        return Interval(usual.mean, *ends.tolist())


def _interval(
    groups: Sequence[np.ndarray], most: float, seed: int, resamples: int, level: float
) -> Interval:
    """Return the interval of the sum of the groups' means; the groups share their inputs."""
    mean = float(sum(group.mean() for group in groups))
    variance, worth = _variance(groups, most)
    draws = _resampled_means(groups, seed, resamples)
    spread = draws.std()
    if variance == 0 or spread <= _ROUNDING * abs(mean):  # equal values, but for their mean's bits
        return Interval(mean, mean, mean)
    tail = (1 - level) / 2
    # The bootstrap's shape, the unbiased variance's width: pigeonhole draws carry the cells' noise
    # three times (McCullagh 2000; Owen 2007): their own spread is no standard error.
    width = np.sqrt(variance) / spread * stats.t.isf(tail, worth) / stats.norm.isf(tail)
    quantiles = np.quantile(draws, _levels(draws, tail))
    low, high = mean + width * (quantiles - draws.mean())
    return Interval(mean, float(low), float(high))


def _levels(draws: np.ndarray, tail: float) -> np.ndarray:
    """Return the two levels that hold ``tail`` each when the draws are skewed (BCa).

    For a mean, bias correction and acceleration are both a sixth of the draws' skewness.
    """
    # Both from the one skewness, as for a mean (Efron 1987): no jackknife is needed.
    shift = float(np.clip(stats.skew(draws) / 6, -_MOST_SKEWED, _MOST_SKEWED))
    moved = shift + stats.norm.ppf([tail, 1 - tail])
    return np.asarray(stats.norm.cdf(shift + moved / (1 - shift * moved)))


def _variance(groups: Sequence[np.ndarray], most: float) -> tuple[float, float]:
    """Return the unbiased variance of the sum of the groups' means, and its degrees of freedom.

    With model effects of variance s²_m, input effects s²_i and cells s²_e, the mean's variance is
    s²_m/m + s²_i/n + s²_e/(mn); the row and column means each carry the last term, so it is taken
    off once. Satterthwaite (1946) gives the degrees of freedom of the sum; inputs have at most
    ``most``.
    """
    by_model = [group.mean(axis=1) for group in groups]
    by_input = np.sum([group.mean(axis=0) for group in groups], axis=0)
    rows = [means.var(ddof=1) / len(means) for means in by_model]
    columns = by_input.var(ddof=1) / len(by_input)
    cells = sum(_cell_variance(group) / group.size for group in groups)
    # The estimate may be negative; the variance is at least that of models or of inputs alone.
    total = max(sum(rows) + columns - cells, sum(rows), columns)
    if total == 0:
        return 0.0, 1.0
    # What a component adds to the sum decides how much its own degrees of freedom count.
    parts = [row**2 / _freedom(means) for row, means in zip(rows, by_model, strict=True)]
    return float(total), float(total**2 / (sum(parts) + columns**2 / min(_freedom(by_input), most)))


def _freedom(means: np.ndarray) -> float:
    """Return the degrees of freedom of the means' sample variance, fewer for heavy tails.

    With excess kurtosis κ the variance of a sample variance is 1 + κ/2 times that of normal ones
    (Box 1953, to first order in 1/n).
    """
    if len(means) < _ENOUGH_FOR_KURTOSIS or np.ptp(means) <= 1e-8 * np.abs(means).max():
        return len(means) - 1
    kurtosis = float(stats.kurtosis(means, bias=False))
    return (len(means) - 1) / (1 + max(kurtosis, 0.0) / 2)


def _cell_variance(table: np.ndarray) -> float:
    models, inputs = table.shape
    # What neither a model's nor an input's own level explains: the interaction and the noise, which
    # one value a cell can't tell apart.
    residual = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    return float((residual**2).sum() / ((models - 1) * (inputs - 1)))


def _resampled_means(groups: Sequence[np.ndarray], seed: int, resamples: int) -> np.ndarray:
    """Return pigeonhole draws of the sum of the groups' means, shape [resamples]."""
    random = stream(seed, "two-way bootstrap")
    chunks = []
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        inputs = _weights(random, size, groups[0].shape[1])
        per_input = sum(_weights(random, size, len(group)) @ group for group in groups)
        chunks.append(np.einsum("ri,ri->r", per_input, inputs))
    return np.concatenate(chunks)


def _weights(random: np.random.Generator, resamples: int, size: int) -> np.ndarray:
    """Return how often each unit is drawn in each resample, as shares [resamples, size]."""
    drawn = random.integers(size, size=(resamples, size)) + size * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * size).reshape(resamples, size) / size


def _pair(a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    first, second = _table(a, "a"), _table(b, "b")
    if first.shape[1] != second.shape[1]:
        raise InputError(
            f"a has {first.shape[1]} inputs but b has {second.shape[1]}: a difference needs the "
            "same inputs under both."
        )
    return [first, -second]


def _table(values: np.ndarray, name: str) -> np.ndarray:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise InputError(
            f"{name} must have at least 2 models and 2 inputs [models, inputs], "
            f"found shape {table.shape}."
        )
    if not np.isfinite(table).all():
        raise InputError(
            f"{name} holds NaN or infinite values; leave out the models that diverged."
        )
    return table
