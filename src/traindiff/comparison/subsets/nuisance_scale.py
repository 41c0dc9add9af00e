"""The nuisance scale: which values of s the null hypothesis must survive (METHOD §5.1).

The null hypothesis is "Θᴬ = sΘᴮ for some s > 0", so its p-value is the maximum of p(s) over s
(Berger & Boos 1994). Most values of s are hopeless; this module finds the few at which p(s) is
largest: where a statistic, in standard deviations above its own null mean at that s, is smallest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from traindiff.comparison.testing.inference import SAME
from traindiff.comparison.testing.omnibus import AGREED, ANOTHER_HALF, NEAR, OMNIBUS
from traindiff.comparison.testing.permutations import Draw, measured
from traindiff.comparison.testing.reduced import Candidates, Reduced
from traindiff.comparison.testing.whitened import Measured, Whitening
from traindiff.progress import Advance

__all__ = ["PILOT", "candidate_scales"]

STEPS_PER_OCTAVE = 8 / 3
REACHES = (1.5, 3.0, 4.5)
"""Octaves to either side of the guess, the next ones only where the first do not suffice."""
PILOT = 20
"""Draws that tell a statistic's null well enough to find where it is lowest above it."""
COMMON = len(OMNIBUS)
TOP, LARGEST = OMNIBUS.index("top direction"), OMNIBUS.index("largest example")


def candidate_scales(
    evidence: Reduced, guess: float, pilot: Sequence[Draw], advance: Advance
) -> Candidates:
    """Return the scales at which the data fit the null hypothesis best.

    They are ``guess``, the ratio of the outputs' standard deviations, and the best fit of each
    statistic of the omnibus and of their maximum, within 1.5 octaves of that ratio; farther, up to
    4.5 octaves, where the maximum is least at the edge, as when one side is much noisier than the
    other.

    Parameters
    ----------
    evidence : Reduced
    guess : float
    pilot : sequence of Draw
        A few draws of the null.
    advance : callable
    """
    centre = float(np.log(guess))
    grid = _wide_enough(evidence, centre, pilot, advance)
    # Not the pilot's but the theoretical spread: 20 draws would move the scale that is shown.
    totals = np.array([grid.total(log) for log in grid.logs])
    total = _lowest(grid.logs, totals, grid.total)
    # As low at an end as in the middle: nothing in common tells the scale, and the least sum of
    # squares would be that of a B scaled away to nothing.
    told = min(totals[0], totals[-1]) > totals.min() + NEAR
    dips = grid.dips()
    best = [total, *(grid.lowest(statistic) for statistic in (None, TOP, LARGEST))]
    scales = np.unique(np.exp([centre, *best]))
    return Candidates(
        scales=scales,
        shown=float(np.exp(total if told else centre)),
        common=_further(np.exp(np.concatenate([dips, grid.sides()])), scales),
        dips=np.exp(dips),
    )


def _further(scales: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the scales that are none of the ``known`` ones, or as good as one."""
    distances = np.abs(np.log(scales[:, None] / known)).min(axis=1)
    return np.asarray(scales[distances > SAME])


def _wide_enough(
    evidence: Reduced, centre: float, pilot: Sequence[Draw], advance: Advance
) -> "_Grid":
    """Return the narrowest grid whose maximum statistic is not least at its edge, or the widest."""
    for reach in REACHES:
        grid = _grid(evidence, centre, reach, pilot, advance)
        advance = _silently  # what was announced is the first pilot
        if 0 < grid.standardised[:, :COMMON].max(axis=1).argmin() < len(grid.logs) - 1:
            break
    return grid


def _silently(amount: int = 1) -> None:
    """Advance no meter."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Grid:
    """Scales that were tried.

    Parameters
    ----------
    logs : array, shape [scales]
    standardised : array, shape [scales, 4]
        Statistics of the omnibus, and that of the half of the examples that differ least, in
        standard deviations above their null mean.
    excess : callable
        From a log scale to the same.
    total : callable
        From a log scale to the sum of squares in standard deviations above its null mean, by
        theory.
    """

    logs: np.ndarray
    standardised: np.ndarray
    excess: Callable[[float], np.ndarray]
    total: Callable[[float], float]

    def lowest(self, statistic: int | None) -> float:
        """Return the log scale at which a statistic, or the largest of them (None), is least."""

        def height(standardised: np.ndarray) -> float:
            return float(
                standardised[:COMMON].max() if statistic is None else standardised[statistic]
            )

        heights = np.array([height(each) for each in self.standardised])
        return _lowest(self.logs, heights, lambda log: height(self.excess(log)))

    def dips(self) -> np.ndarray:
        """Return the log scales each of which some half of the examples agrees on best."""
        heights = self.standardised[:, COMMON]
        inner, least = heights[1:-1], heights.min()
        dips = (inner <= heights[:-2]) & (inner <= heights[2:]) & (inner <= least + ANOTHER_HALF)
        # An end of the grid is no dip: there it may be what lies beyond that fits.
        at = {*(1 + np.flatnonzero(dips)).tolist(), int(heights.argmin())}
        parts = [slice(max(each - 1, 0), each + 2) for each in sorted(at)]
        return np.array([_lowest(self.logs[p], heights[p], self._common) for p in parts])

    def sides(self) -> np.ndarray:
        """Return the log scales where the half that differs least is as far off as can be."""
        heights = self.standardised[:, COMMON]
        bar = heights.min() + AGREED
        above = heights > bar
        return np.array(
            [
                brentq(lambda log: self._common(log) - bar, *self.logs[at : at + 2], xtol=SAME)
                for at in np.flatnonzero(above[1:] != above[:-1])
            ]
        )

    def _common(self, log: float) -> float:
        return float(self.excess(log)[COMMON])


def _lowest(logs: np.ndarray, heights: np.ndarray, height: Callable[[float], float]) -> float:
    """Return the log scale of least height near the lowest point of a grid."""
    # Refined between the grid's points: where the signal is strong p(s) is a peak narrower than a
    # step, and a grid that misses it rejects too often (measured: 13 to 23%, METHOD §5.1).
    index = int(np.argmin(heights))
    bounds = (logs[max(index - 1, 0)], logs[min(index + 1, len(logs) - 1)])
    found = minimize_scalar(height, bounds=bounds, method="bounded", options={"xatol": 1e-3})
    return float(found.x) if found.fun < heights[index] else float(logs[index])


def _grid(
    evidence: Reduced, centre: float, reach: float, pilot: Sequence[Draw], advance: Advance
) -> _Grid:
    steps = round(2 * reach * STEPS_PER_OCTAVE) + 1
    logs = centre + np.log(2) * np.linspace(-reach, reach, steps)
    whole = evidence.whole()

    of_grid = {log: evidence.whitening(float(np.exp(log))) for log in logs.tolist()}
    standardise = _standardiser(logs, list(of_grid.values()), pilot, advance)

    def whitening(log: float) -> Whitening:
        return of_grid.get(log) or evidence.whitening(float(np.exp(log)))

    def excess(log: float) -> np.ndarray:
        return standardise(log, _reading(whitening(log).measure(*whole)))

    def total(log: float) -> float:
        return whitening(log).excess(whitening(log).whitened(*whole))

    standardised = np.array([excess(log) for log in logs])
    return _Grid(logs=logs, standardised=standardised, excess=excess, total=total)


def _standardiser(
    logs: np.ndarray, whitenings: Sequence[Whitening], pilot: Sequence[Draw], advance: Advance
) -> Callable[[float, np.ndarray], np.ndarray]:
    """Return a function that standardises the omnibus at a log scale, by a few draws.

    The null mean and spread of a statistic change with s where there are more targets than models:
    the raw statistic would be least where its null is, not where the data fit best (METHOD §5.1).
    """
    draws = measured(pilot, whitenings, advance)
    null = np.array([[_reading(each) for each in draw] for draw in draws])
    mean, spread = null.mean(axis=0), null.std(axis=0)

    def standardise(log: float, observed: np.ndarray) -> np.ndarray:
        centre = np.array([np.interp(log, logs, column) for column in mean.T])
        width = np.array([np.interp(log, logs, column) for column in spread.T])
        # A statistic without spread is constant under the null and decides nothing.
        safe = np.where(width > 0, width, np.inf)
        *tops, total, largest, common = (observed - centre) / safe
        return np.array([max(tops), total, largest, common])

    return standardise


def _reading(seen: Measured) -> np.ndarray:
    return np.array([*seen.tops, seen.total, seen.largest, seen.common])
