"""Who changed: which targets one algorithm gets right and the other wrong, and how surely."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from traindiff import seeding
from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval, two_way_interval, two_way_p_value

__all__ = ["Changes", "Shares", "measure_changes"]

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """A share for each target, with its 95% interval over models (Wilson 1927); shape [targets]."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Changes:
    """Right under one algorithm and wrong under the other, model i of A beside model i of B.

    Parameters
    ----------
    only_right : Pair of Interval
        Share of (model, target) pairs, with two-way intervals over models and targets.
    p_value : float
        Of "A and B are right equally often", over models and targets together: what McNemar's test
        asks of one pair of models.
    target_only_right : Pair of Shares
        The same shares of pairs of models on each target.
    gain : array, shape [targets]
        Their difference: share of models of A that are right on a target − share of models of B.
    gain_low, gain_high : array, shape [targets]
        95% intervals of the gains over models (Agresti and Min 2005, adjusted Wald for pairs).
    q_values : array, shape [targets]
        Of "A and B are right equally often on this target": exact McNemar tests over models [BH].
    """

    only_right: Pair[Interval]
    p_value: float
    target_only_right: Pair[Shares]
    gain: np.ndarray
    gain_low: np.ndarray
    gain_high: np.ndarray
    q_values: np.ndarray


def measure_changes(right_a: np.ndarray, right_b: np.ndarray, *, seed: int) -> Changes:
    """Compare who is right, pair by pair of models.

    Parameters
    ----------
    right_a, right_b : bool array, shape [models, targets]
        Whether each model is right; row i of both is one pair.
    seed : int
        Of the bootstrap.
    """
    only = Pair(right_a & ~right_b, right_b & ~right_a)
    counts, pairs = only.map(lambda side: side.sum(axis=0)), len(right_a)
    low, high = _gain_interval(counts.a, counts.b, pairs)
    return Changes(
        only_right=Pair(
            two_way_interval(
                only.a.astype(float), counts="shares", seed=seeding.derive(seed, "changes", "a")
            ),
            two_way_interval(
                only.b.astype(float), counts="shares", seed=seeding.derive(seed, "changes", "b")
            ),
        ),
        p_value=two_way_p_value(right_a.astype(float), right_b.astype(float)),
        target_only_right=counts.map(lambda side: _shares(side, pairs)),
        gain=(counts.a - counts.b) / pairs,
        gain_low=low,
        gain_high=high,
        q_values=stats.false_discovery_control(mcnemar(counts.a, counts.b)),
    )


def _shares(counts: np.ndarray, pairs: int) -> Shares:
    z = stats.norm.isf((1 - LEVEL) / 2)
    share = counts / pairs
    middle = (share + z**2 / (2 * pairs)) / (1 + z**2 / pairs)
    half = np.sqrt(share * (1 - share) / pairs + (z / (2 * pairs)) ** 2) * z / (1 + z**2 / pairs)
    return Shares(
        value=share, low=np.clip(middle - half, 0, share), high=np.clip(middle + half, share, 1)
    )


def _gain_interval(
    only_a: np.ndarray, only_b: np.ndarray, pairs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of a difference of paired shares: half a pair added to every cell."""
    a, b, n = only_a + 0.5, only_b + 0.5, pairs + 2
    middle = (a - b) / n
    half = stats.norm.isf((1 - LEVEL) / 2) * np.sqrt((a + b) - (a - b) ** 2 / n) / n
    return np.clip(middle - half, -1, 1), np.clip(middle + half, -1, 1)


def mcnemar(only_a: np.ndarray, only_b: np.ndarray) -> np.ndarray:
    """Return exact two-sided p-values: among discordant pairs either side is as likely."""
    discordant = only_a + only_b
    tail = stats.binom.cdf(np.minimum(only_a, only_b), discordant, 0.5)
    return np.asarray(np.minimum(2 * tail, 1.0))
