"""Whose a direction is, by models that had no say in finding it (METHOD §5.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from traindiff.comparison.base import Side
from traindiff.comparison.refits import Fitted, find, fit, parts
from traindiff.comparison.statistics import Lens
from traindiff.comparison.turning import Axes
from traindiff.comparison.whitening import Problem

__all__ = ["Sides", "measure_sides"]

FOLDS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Sides:
    """Cross-fitted figures, one of each a direction.

    Parameters
    ----------
    sides : tuple of {"A", "B", "both"}
    strength_a, strength_b : array, shape [directions]
        How strongly each algorithm's datamodels (B's after scaling) carry the direction in its own
        target pattern; in output units, unbiased, and A − B > 0 where the direction is real.
    explained_a, explained_b : array, shape [directions]
        Share of each algorithm's datamodel variance along the direction, from cross-products of
        disjoint parts of the models: unbiased, so slightly negative where there is none.
    """

    sides: tuple[Side, ...]
    strength_a: np.ndarray
    strength_b: np.ndarray
    explained_a: np.ndarray
    explained_b: np.ndarray


def measure_sides(problem: Problem, lens: Lens, known: Axes, turned: int, seed: int) -> Sides:
    """Find directions without two parts of the models and measure them on those two, for each pair.

    ``known`` are the directions of all models, of which the first ``turned`` were turned.
    """
    folds = parts(problem, FOLDS, seed)
    fits = [fit(problem, fold) for fold in folds]
    pairs = [
        _measure(rest, find(rest, lens, known, turned).directions.T, first, second, lens.scale)
        for rest, first, second in _splits(fits)
    ]
    strengths, powers, totals = (np.mean(figure, axis=0) for figure in zip(*pairs, strict=True))
    # Datamodels whose variance is not above noise have no shares to speak of: the floor keeps those
    # of noise small.
    floor = 0.01 * np.mean([[np.square(f.a).sum(), np.square(f.b).sum()] for f in fits], axis=0)
    safe = np.maximum(np.maximum(totals, floor), np.finfo(np.float32).tiny)
    explained = powers / safe[:, None]
    return Sides(
        sides=tuple(_side(float(a), float(b)) for a, b in strengths.T),
        strength_a=strengths[0],
        strength_b=strengths[1],
        explained_a=explained[0],
        explained_b=explained[1],
    )


def _splits(fits: list[Fitted]) -> Iterator[tuple[Fitted, Fitted, Fitted]]:
    """Yield each pair of fits after the fit on all other models."""
    for first, second in combinations(range(len(fits)), 2):
        yield _without(fits, (first, second)), fits[first], fits[second]


def _without(fits: list[Fitted], pair: tuple[int, int]) -> Fitted:
    """Return the mean of all fits but two: the fit on the models of all parts but two."""
    rest = [each for index, each in enumerate(fits) if index not in pair]
    return Fitted(
        a=np.mean([each.a for each in rest], axis=0), b=np.mean([each.b for each in rest], axis=0)
    )


def _measure(
    rest: Fitted, directions: np.ndarray, first: Fitted, second: Fitted, scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return strengths [2, directions], variances along directions [2, directions], totals [2]."""
    pattern = (rest.a - scale * rest.b) @ directions
    pattern /= np.maximum(np.linalg.norm(pattern, axis=0), np.finfo(np.float32).tiny)
    along = {
        (side, part): getattr(each, side) @ directions
        for side in ("a", "b")
        for part, each in enumerate((first, second))
    }
    strengths = [
        factor * (pattern * (along[side, 0] + along[side, 1])).sum(axis=0) / 2
        for side, factor in (("a", 1.0), ("b", scale))
    ]
    powers = [(along[side, 0] * along[side, 1]).sum(axis=0) for side in ("a", "b")]
    totals = [float((first.a * second.a).sum()), float((first.b * second.b).sum())]
    return np.array(strengths), np.array(powers), np.array(totals)


def _side(a: float, b: float) -> Side:
    """Name the algorithm that carries at least twice what the other does."""
    if abs(b) < abs(a) / 2:
        return "A"
    return "B" if abs(a) < abs(b) / 2 else "both"
