"""Coordinate descent for the lasso, one target at a time, along a falling path of penalties.

The Gram matrix is shared by all targets and symmetric, so a column is a row. Each target works on
a small contiguous square: the covariances within its working set. A bound halfway to the
strong rule (Tibshirani et al. 2012) grows that set; after every descent a fresh slope over all
training examples proves that nothing was missed, or adds what was.

All compiled code is in this one module: it is cached by file, and a cached caller would not notice
that a function of another file changed.

"Slope" is 1/m Xᵀ(y − Xθ). At the optimum it is λ·sign(θ) where θ ≠ 0 and within ±λ elsewhere.
"""

from typing import NamedTuple

import numpy as np

from traindiff.datamodels.gram import Gram
from traindiff.threads import compiled

__all__ = [
    "ROUNDS",
    "HeldOut",
    "Limits",
    "Work",
    "admit",
    "clearly_worse",
    "follow",
    "mean_square",
    "new_work",
    "reflect",
    "settle",
    "slope_floor",
    "subtract_rows",
    "violation",
    "with_room",
]

ROUNDS = 50
"""Descents at one penalty, each followed by a fresh look at all slopes."""

_SWEEPS = 1000
_FLOAT32 = 1e-6


class HeldOut(NamedTuple):
    """Models that choose the penalty, centred like the fit's; none: the last penalty is chosen."""

    masks: np.ndarray  # float32 [train, models]
    values: np.ndarray  # float32 [targets, models], or [models] of one target


class Limits(NamedTuple):
    """When to stop."""

    patience: int  # penalties to try after the best one
    doubt: float  # standard errors by which a penalty must be worse than the best to stop at once
    tolerance: float  # largest change of a last sweep, in units of slope as a share of the penalty


class Work(NamedTuple):
    """One target's state: the slope everywhere, and its working set in order of entry."""

    slope: np.ndarray  # float32 [train]
    member: np.ndarray  # bool [train]
    members: np.ndarray  # uint64 [working set]: unsigned, so that indexing checks no sign
    weights: np.ndarray  # float32 [working set]
    near: np.ndarray  # float32 [working set]: the slope there, kept up to date by sweeps
    kept: np.ndarray  # float32 [working set]: the weights at the best penalty
    rows: np.ndarray  # uint64 [train]: of the non-zero weights
    steps: np.ndarray  # float32 [train]: the non-zero weights


@compiled
def shrink(value: float, penalty: float) -> float:
    """Return the soft threshold of ``value``."""
    if value > penalty:
        return value - penalty
    if value < -penalty:
        return value + penalty
    return 0.0


@compiled
def sweep(square: np.ndarray, work: Work, size: int, penalty: float, only_active: bool) -> float:
    """Minimise over each coordinate in turn; return the largest change in units of slope."""
    slope, weights = work.near, work.weights
    largest = np.float32(0)
    for a in range(size):
        old = weights[a]
        if only_active and old == 0:
            continue
        row = square[a]
        curvature = row[a]
        new = np.float32(shrink(slope[a] + curvature * old, penalty) / curvature)
        change = new - old
        if change != 0:
            weights[a] = new
            for b in range(size):
                slope[b] -= change * row[b]
            largest = max(largest, abs(change) * curvature)
    return float(largest)


@compiled
def settle(square: np.ndarray, work: Work, size: int, penalty: float, tolerance: float) -> None:
    """Sweep the working set once, then its non-zero weights until nothing moves."""
    for done in range(_SWEEPS):
        if sweep(square, work, size, penalty, done > 0) <= tolerance:
            break


@compiled
def subtract_rows(
    matrix: np.ndarray, scale: np.float32, work: Work, size: int, out: np.ndarray
) -> None:
    """Subtract Σ scale · weight · row of the working set from ``out``, four rows at a time."""
    rows, steps, count = work.rows, work.steps, 0
    for a in range(size):
        if work.weights[a] != 0:
            rows[count], steps[count] = work.members[a], scale * work.weights[a]
            count += 1
    whole = count // 4 * 4
    for first in range(0, whole, 4):
        wa, wb, wc, wd = steps[first], steps[first + 1], steps[first + 2], steps[first + 3]
        a, b = matrix[rows[first]], matrix[rows[first + 1]]
        c, d = matrix[rows[first + 2]], matrix[rows[first + 3]]
        for j in range(len(out)):
            out[j] -= (wa * a[j] + wb * b[j]) + (wc * c[j] + wd * d[j])
    for rest in range(whole, count):
        w, a = steps[rest], matrix[rows[rest]]
        for j in range(len(out)):
            out[j] -= w * a[j]


@compiled
def admit(work: Work, size: int, bound: float) -> int:
    """Add the training examples whose slope exceeds ``bound``; return the set's new size."""
    for j in range(len(work.slope)):
        if abs(work.slope[j]) > bound and not work.member[j]:
            work.member[j] = True
            work.members[size] = j
            work.weights[size] = 0
            work.kept[size] = 0
            size += 1
    return size


@compiled
def copy(source: np.ndarray, size: int, out: np.ndarray) -> None:
    """Copy the first ``size`` numbers."""
    for a in range(size):
        out[a] = source[a]


@compiled
def with_room(square: np.ndarray, first: int, size: int) -> np.ndarray:
    """Return ``square``, or a larger array that holds its first rows and columns."""
    if size <= len(square):
        return square
    wider = np.empty((2 * size, 2 * size), np.float32)
    for a in range(first):
        copy(square[a], first, wider[a])
    return wider


@compiled
def reflect(square: np.ndarray, first: int, size: int) -> None:
    """Copy rows first..size of the lower triangle to the upper one."""
    for a in range(size):
        for b in range(max(first, a + 1), size):
            square[a, b] = square[b, a]


@compiled
def gather(gram: Gram, work: Work, square: np.ndarray, first: int, size: int) -> np.ndarray:
    """Extend the working set's covariances by members first..size; return them."""
    square = with_room(square, first, size)
    for a in range(first, size):
        i = work.members[a]
        row, spread, rest = gram.table[i], gram.spread[i], gram.rest[i]
        for b in range(a + 1):
            j = work.members[b]
            square[a, b] = gram.scale * row[j] - spread * gram.spread[j] - (rest + gram.rest[j])
    reflect(square, first, size)
    return square


@compiled
def violation(work: Work, size: int, penalty: float) -> float:
    """Return the largest violation of optimality within the working set, in units of slope."""
    worst = np.float32(0)
    for a in range(size):
        slope, weight = work.slope[work.members[a]], work.weights[a]
        if weight > 0:
            worst = max(worst, abs(slope - penalty))
        elif weight < 0:
            worst = max(worst, abs(slope + penalty))
        else:
            worst = max(worst, abs(slope) - penalty)
    return float(worst)


@compiled
def refresh(gram: Gram, cross: np.ndarray, work: Work, size: int) -> None:
    """Write the slope of every training example: ``cross`` − Σ weight · covariance."""
    total, spread, rest = 0.0, 0.0, 0.0
    for a in range(size):
        i, weight = work.members[a], np.float64(work.weights[a])
        total += weight
        spread += weight * gram.spread[i]
        rest += weight * gram.rest[i]
    t, s, r = np.float32(total), np.float32(spread), np.float32(rest)
    for j in range(len(cross)):
        work.slope[j] = cross[j] + (s * gram.spread[j] + t * gram.rest[j] + r)
    subtract_rows(gram.table, gram.scale, work, size, work.slope)


@compiled
def solve(
    gram: Gram,
    cross: np.ndarray,
    work: Work,
    square: np.ndarray,
    first: int,
    size: int,
    penalty: float,
    tolerance: float,
) -> tuple[np.ndarray, int, float]:
    """Solve at one penalty from the present weights; members first..size are not yet gathered.

    Returns
    -------
    The working set's covariances and size, and the violation of optimality.
    """
    worst = np.inf
    for _ in range(ROUNDS):
        square = gather(gram, work, square, first, size)
        for a in range(size):
            work.near[a] = work.slope[work.members[a]]
        settle(square, work, size, penalty, tolerance)
        refresh(gram, cross, work, size)
        first, size = size, admit(work, size, penalty + tolerance)
        worst = violation(work, size, penalty)
        if first == size and worst <= 2 * tolerance:
            break
    return square, size, worst


@compiled
def mean_square(rest: np.ndarray) -> float:
    """Return the mean of the squares, 0 of nothing."""
    total = 0.0
    for h in range(len(rest)):
        total += np.float64(rest[h]) * rest[h]
    return total / max(len(rest), 1)


@compiled
def clearly_worse(rest: np.ndarray, best: np.ndarray, doubt: float) -> bool:
    """Say whether errors ``rest`` exceed errors ``best`` by ``doubt`` standard errors or more."""
    mean, square, count = 0.0, 0.0, len(rest)
    for h in range(count):
        worse = np.float64(rest[h]) * rest[h] - np.float64(best[h]) * best[h]
        mean += worse / count
        square += worse * worse / count
    return bool(mean > doubt * np.sqrt(max(square - mean * mean, 0.0) / count))


@compiled
def follow(
    gram: Gram,
    cross: np.ndarray,
    penalties: np.ndarray,
    last: int,
    floor: float,
    held_out: HeldOut,
    limits: Limits,
    work: Work,
    square: np.ndarray,
    errors: np.ndarray,
) -> tuple[np.ndarray, int, int, float]:
    """Follow one target's path; keep the solution that predicts held-out models best.

    Parameters
    ----------
    gram : Gram
    cross : float32 [train]
    penalties : float64 [penalties], falling
    last : int, the last penalty to try
    floor : float, from `slope_floor`
    held_out : HeldOut, its values of this target only
    limits : Limits
    work : Work; in the end `kept` holds the solution
    square : float32 [room, room], room for the working set's covariances
    errors : float64 [penalties], written; what is not tried stays as it is

    Returns
    -------
    The room, now perhaps larger; the size of the working set; the index of the chosen penalty;
    the violation of optimality there.
    """
    copy(cross, len(cross), work.slope)
    for j in range(len(cross)):
        work.member[j] = not gram.informative[j]  # a member is never admitted
    values = held_out.values
    rest, best = np.empty_like(values), np.empty_like(values)
    # Without int() each literal 0 would have the kernels compiled once more.
    size, chosen, before, residual = int(np.int64(0)), 0, penalties[0], 0.0
    for p in range(last + 1):
        penalty = penalties[p]
        first, size = size, admit(work, size, penalty - (before - penalty) / 2)
        tolerance = max(limits.tolerance * penalty, floor)
        square, size, worst = solve(gram, cross, work, square, first, size, penalty, tolerance)
        before = penalty
        copy(values, len(values), rest)
        subtract_rows(held_out.masks, np.float32(1), work, size, rest)
        errors[p] = mean_square(rest)
        if p == 0 or errors[p] < errors[chosen] or len(rest) == 0:
            chosen, residual = p, worst
            copy(work.weights, size, work.kept)
            copy(rest, len(rest), best)
        elif p - chosen >= limits.patience or clearly_worse(rest, best, limits.doubt):
            break
    return square, size, chosen, residual


def new_work(n_train: int) -> Work:
    """Return room for one target."""
    single, flag, index = np.float32, np.bool_, np.uint64
    types = (single, flag, index, single, single, single, index, single)
    return Work(*(np.zeros(n_train, dtype) for dtype in types))


def slope_floor(cross: np.ndarray) -> float:
    """Return the violation of optimality below which float32 slopes can't tell."""
    return _FLOAT32 * float(np.abs(cross).max())
