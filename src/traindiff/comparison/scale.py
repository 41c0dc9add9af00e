"""The nuisance scale: which values of s the null hypothesis must survive (METHOD §5.1).

The null hypothesis is "Θᴬ = sΘᴮ for some s > 0", so its p-value is the maximum of p(s) over s
(Berger & Boos 1994). Most values of s are hopeless; this module finds the few at which p(s) is
largest: where a statistic, in standard deviations above its own null mean at that s, is smallest.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from traindiff.comparison.null import differences, permuted
from traindiff.comparison.statistics import OMNIBUS, Measured, lens_at
from traindiff.comparison.whitening import Problem
from traindiff.progress import Advance

__all__ = ["candidate_scales"]

COARSE = 9
OCTAVES = 1.5
PILOT = 20


def candidate_scales(problem: Problem, shrinkage: float, seed: int, advance: Advance) -> np.ndarray:
    """Return the scales at which the data fit the null hypothesis best, sorted.

    They are the ratio of the outputs' standard deviations, and the best fit of each statistic of
    the omnibus and of their maximum, within 1.5 octaves of that ratio.
    """
    guess = np.log(problem.scale_guess())
    logs = guess + np.log(2) * np.linspace(-OCTAVES, OCTAVES, COARSE)
    standardise = _pilot(problem, logs, shrinkage, seed, advance)
    a, b = differences(problem)

    def excess(log: float) -> np.ndarray:
        lens = lens_at(problem, float(np.exp(log)), shrinkage)
        return standardise(log, _reading(lens.measure(a, b)))

    coarse = np.array([excess(log) for log in logs])
    heights = [_Height(excess, statistic) for statistic in (None, *range(len(OMNIBUS)))]
    best = [_refine(height, logs, [height.of(z) for z in coarse]) for height in heights]
    return np.asarray(np.unique(np.exp([guess, *best])))


def _pilot(
    problem: Problem, logs: np.ndarray, shrinkage: float, seed: int, advance: Advance
) -> Callable[[float, np.ndarray], np.ndarray]:
    """Return a function that standardises the omnibus at a log scale, by a few permutations."""
    lenses = [lens_at(problem, float(np.exp(log)), shrinkage) for log in logs]
    draws = permuted(problem, lenses, PILOT, seed, advance)
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


@dataclass(frozen=True)
class _Height:
    """One standardised statistic as a function of the log scale, or the largest of them (None)."""

    excess: Callable[[float], np.ndarray]
    statistic: int | None

    def of(self, standardised: np.ndarray) -> float:
        return float(standardised.max() if self.statistic is None else standardised[self.statistic])

    def __call__(self, log: float) -> float:
        return self.of(self.excess(log))


def _refine(height: _Height, logs: np.ndarray, heights: list[float]) -> float:
    """Return the log scale of least height near the lowest point of a grid."""
    index = int(np.argmin(heights))
    bounds = (logs[max(index - 1, 0)], logs[min(index + 1, len(logs) - 1)])
    found = minimize_scalar(height, bounds=bounds, method="bounded", options={"xatol": 1e-3})
    return float(found.x) if found.fun < heights[index] else float(logs[index])
