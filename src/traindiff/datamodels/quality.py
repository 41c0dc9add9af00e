"""The linear datamodeling score: rank correlation of predicted and true outputs (METHOD §2)."""

import numpy as np
from scipy.stats import rankdata

from traindiff import seeding
from traindiff.datamodels.base import Quality
from traindiff.threads import compiled, over_ranges

__all__ = ["measure", "resampled_scores", "spearman"]

_SHARE = 8


def spearman(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return the Spearman correlation over models (axis 0) of each target, 0 where undefined.

    Parameters
    ----------
    predicted, true : array, shape [models, targets]

    Returns
    -------
    array, float64, shape [targets]
        In [−1, 1]. A column that is constant orders nothing: its score is 0.
    """
    ranks = [rankdata(array, axis=0) for array in (predicted, true)]
    a, b = (r - r.mean(axis=0) for r in ranks)
    scale = np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0))
    return np.asarray((a * b).sum(axis=0) / np.where(scale > 0, scale, 1))


def measure(
    predicted: np.ndarray,
    true: np.ndarray,
    *,
    excluded: np.ndarray,
    seed: int,
    replicates: int = 200,
    threads: int | None = None,
) -> Quality:
    """Score predictions of held-out models.

    Parameters
    ----------
    predicted, true : array, shape [models, targets]
    excluded : int array
        Targets that do not count in the mean, the quartiles and the interval; their score is 0.
    seed : int
    replicates : int
        Bootstrap replicates; each resamples the held-out models, for all targets alike.
    threads : int or None
        None: every core this process may use.
    """
    counted = np.setdiff1d(np.arange(true.shape[1]), excluded)
    scores = np.zeros(true.shape[1])
    scores[counted] = spearman(predicted[:, counted], true[:, counted])
    if not len(counted):
        return Quality(
            per_target=scores,
            mean=0.0,
            quartiles=(0.0,) * 3,
            interval=(0.0, 0.0),
            n_models=len(true),
        )
    copies = seeding.stream(seed, "lds-bootstrap").multinomial(
        len(true), np.full(len(true), 1 / len(true)), size=replicates
    )
    scored = resampled_scores(predicted[:, counted], true[:, counted], copies, threads)
    means = scored.mean(axis=0)
    low, middle, high = np.quantile(scores[counted], (0.25, 0.5, 0.75))
    return Quality(
        per_target=scores,
        mean=float(scores[counted].mean()),
        quartiles=(float(low), float(middle), float(high)),
        interval=(float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))),
        n_models=len(true),
    )


def resampled_scores(
    predicted: np.ndarray, true: np.ndarray, copies: np.ndarray, threads: int | None = None
) -> np.ndarray:
    """Return the score of each target [targets, replicates] with models repeated ``copies`` times.

    Sorting is done once: repeating models changes ranks only by cumulative sums.
    """
    columns = [np.ascontiguousarray(array.T, dtype=np.float64) for array in (predicted, true)]
    orders = [np.argsort(column, axis=1, kind="stable") for column in columns]
    times = np.ascontiguousarray(copies.T, dtype=np.float32)
    scores = np.empty((predicted.shape[1], len(copies)))

    def work(start: int, stop: int) -> None:
        ranks = np.empty((2, *times.shape), np.float32)
        for t in range(start, stop):
            for column, order, out in zip(columns, orders, ranks, strict=True):
                _midranks(column[t], order[t], times, out)
            _correlate(ranks[0], ranks[1], times, scores[t])

    over_ranges(work, len(scores), size=_SHARE, threads=threads)
    return scores


@compiled
def _midranks(values: np.ndarray, order: np.ndarray, times: np.ndarray, ranks: np.ndarray) -> None:
    """Write each model's mid-rank among all its and the others' copies, [models, replicates]."""
    below, tied = np.zeros(times.shape[1], np.float32), np.empty(times.shape[1], np.float32)
    first = 0
    while first < len(order):
        after = first
        tied[:] = 0
        while after < len(order) and values[order[after]] == values[order[first]]:
            copies = times[order[after]]
            for r in range(len(tied)):
                tied[r] += copies[r]
            after += 1
        for position in range(first, after):
            rank = ranks[order[position]]
            for r in range(len(tied)):
                rank[r] = below[r] + (tied[r] + np.float32(1)) * np.float32(0.5)
        for r in range(len(tied)):
            below[r] += tied[r]
        first = after


@compiled
def _correlate(a: np.ndarray, b: np.ndarray, times: np.ndarray, scores: np.ndarray) -> None:
    """Write the correlation of two sets of ranks under each replicate, 0 where undefined."""
    models, replicates = times.shape
    middle = (models + 1) / 2
    ab, aa, bb = np.zeros(replicates), np.zeros(replicates), np.zeros(replicates)
    for i in range(models):
        rank_a, rank_b, copies = a[i], b[i], times[i]
        for r in range(replicates):
            x, y, weight = rank_a[r] - middle, rank_b[r] - middle, np.float64(copies[r])
            ab[r] += weight * x * y
            aa[r] += weight * x * x
            bb[r] += weight * y * y
    for r in range(replicates):
        scores[r] = ab[r] / np.sqrt(aa[r] * bb[r]) if aa[r] > 0 and bb[r] > 0 else 0.0
