"""The nuisance scale: which values of s the null hypothesis must survive (METHOD §5.1).

The null hypothesis is "Θᴬ = sΘᴮ for some s > 0", so its p-value is the maximum of p(s) over s
(Berger & Boos 1994). Most values of s are hopeless; this module finds the few at which p(s) is
largest: where a statistic, in standard deviations above its own null mean at that s, is smallest.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from traindiff.comparison.subsets.permutations import differences, permuted
from traindiff.comparison.subsets.reduced import Problem
from traindiff.comparison.whitened import OMNIBUS, Measured
from traindiff.progress import Advance

__all__ = ["NEAR", "Candidates", "candidate_scales"]

STEPS_PER_OCTAVE = 8 / 3
REACHES = (1.5, 3.0, 4.5)
"""Octaves to either side of the guess, the next ones only where the first do not suffice."""
NEAR = 2.0
"""Standard deviations of its null by which the sum of squares tells one scale from another."""
PILOT = 20
TOP, LARGEST = OMNIBUS.index("top direction"), OMNIBUS.index("largest example")


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Scales to test.

    Parameters
    ----------
    scales : array, shape [scales]
        Sorted.
    shown : float
        The one of them at which A and B are shown: where the sum of squares is least above its null
        mean or, where the data do not tell that scale from the ends of the range, the ratio of the
        outputs' standard deviations.
    """

    scales: np.ndarray
    shown: float


def candidate_scales(problem: Problem, seed: int, advance: Advance) -> Candidates:
    """Return the scales at which the data fit the null hypothesis best.

    They are the ratio of the outputs' standard deviations, and the best fit of each statistic of
    the omnibus and of their maximum, within 1.5 octaves of that ratio; farther, up to 4.5 octaves,
    where the maximum is least at the edge, as when one side is much noisier than the other.
    """
    guess = float(np.log(problem.scale_guess()))
    for reach in REACHES:
        grid = _grid(problem, guess, reach, seed, advance)
        advance = _silently  # what was announced is the first pilot
        if 0 < grid.standardised.max(axis=1).argmin() < len(grid.logs) - 1:
            break
    datamodels = differences(problem)

    def total_at(log: float) -> float:
        return _total(problem, *datamodels, float(np.exp(log)))

    totals = np.array([total_at(log) for log in grid.logs])
    total = _lowest(grid.logs, totals, total_at)
    told = min(totals[0], totals[-1]) > totals.min() + NEAR
    best = [total, *(grid.lowest(statistic) for statistic in (None, TOP, LARGEST))]
    return Candidates(
        scales=np.unique(np.exp([guess, *best])), shown=float(np.exp(total if told else guess))
    )


def _silently(amount: int = 1) -> None:
    """Advance no meter."""


def _total(problem: Problem, a: np.ndarray, b: np.ndarray, scale: float) -> float:
    """Return the sum of squares above its null mean, in standard deviations.

    Both from the covariance of Z's columns, under which a permutation null is chi-squared in all
    but name; no permutation's own error then moves the scale that is shown.
    """
    whitening = problem.whitening(scale)
    z = whitening.whitened(a, b)
    covariance = whitening.whiten @ problem.noise_covariance(scale) @ whitening.whiten.T
    spread = np.sqrt(2 * z.shape[1] * np.square(covariance).sum())
    excess = np.square(z, dtype=np.float64).sum() - z.shape[1] * whitening.expected
    return float(excess / spread) if spread > 0 else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Grid:
    """Scales that were tried.

    Parameters
    ----------
    logs : array, shape [scales]
    standardised : array, shape [scales, 3]
        Statistics of the omnibus, in standard deviations above their null mean.
    excess : callable
        From a log scale to the same.
    """

    logs: np.ndarray
    standardised: np.ndarray
    excess: Callable[[float], np.ndarray]

    def lowest(self, statistic: int | None) -> float:
        """Return the log scale at which a statistic, or the largest of them (None), is least."""

        def height(standardised: np.ndarray) -> float:
            return float(standardised.max() if statistic is None else standardised[statistic])

        heights = np.array([height(each) for each in self.standardised])
        return _lowest(self.logs, heights, lambda log: height(self.excess(log)))


def _lowest(logs: np.ndarray, heights: np.ndarray, height: Callable[[float], float]) -> float:
    """Return the log scale of least height near the lowest point of a grid."""
    index = int(np.argmin(heights))
    bounds = (logs[max(index - 1, 0)], logs[min(index + 1, len(logs) - 1)])
    found = minimize_scalar(height, bounds=bounds, method="bounded", options={"xatol": 1e-3})
    return float(found.x) if found.fun < heights[index] else float(logs[index])


def _grid(problem: Problem, guess: float, reach: float, seed: int, advance: Advance) -> _Grid:
    steps = round(2 * reach * STEPS_PER_OCTAVE) + 1
    logs = guess + np.log(2) * np.linspace(-reach, reach, steps)
    standardise = _pilot(problem, logs, seed, advance)
    a, b = differences(problem)

    def excess(log: float) -> np.ndarray:
        whitening = problem.whitening(float(np.exp(log)))
        return standardise(log, _reading(whitening.measure(a, b)))

    return _Grid(logs=logs, standardised=np.array([excess(log) for log in logs]), excess=excess)


def _pilot(
    problem: Problem, logs: np.ndarray, seed: int, advance: Advance
) -> Callable[[float, np.ndarray], np.ndarray]:
    """Return a function that standardises the omnibus at a log scale, by a few permutations."""
    whitenings = [problem.whitening(float(np.exp(log))) for log in logs]
    draws = permuted(problem, whitenings, PILOT, seed, advance)
    null = np.array([[_reading(measured) for measured in draw] for draw in draws])
    mean, spread = null.mean(axis=0), null.std(axis=0)

    def standardise(log: float, observed: np.ndarray) -> np.ndarray:
        centre = np.array([np.interp(log, logs, column) for column in mean.T])
        width = np.array([np.interp(log, logs, column) for column in spread.T])
        safe = np.where(width > 0, width, np.inf)
        *tops, total, largest = (observed - centre) / safe
        return np.array([max(tops), total, largest])

    return standardise


def _reading(measured: Measured) -> np.ndarray:
    return np.array([*measured.tops, measured.total, measured.largest])
