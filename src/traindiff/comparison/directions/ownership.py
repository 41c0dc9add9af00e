"""Whose a direction is, by models that had no say in finding it (METHOD §5.5)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.stats import t as student_t

from traindiff.comparison.directions.axes import Axes
from traindiff.comparison.directions.refits import refit
from traindiff.comparison.directions.use import Products
from traindiff.comparison.parts import Side
from traindiff.comparison.testing.folds import Fold
from traindiff.pair import Pair

__all__ = ["FOLDS", "Ownership", "measure_ownership"]

FOLDS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Ownership:
    """Cross-fitted figures, one of each a direction.

    Parameters
    ----------
    sides : tuple of {"A", "B", "both"}
    strengths : Pair of arrays, shape [directions]
        How strongly each algorithm's datamodels (B's after scaling) carry the direction in its own
        target pattern; in output units (each target's over its relative spread), unbiased, and
        A − B > 0 where the direction is real.
    explained : Pair of arrays, shape [directions]
        Share of each algorithm's datamodel variance along the direction, from cross-products of
        disjoint parts of the models: unbiased, so slightly negative where there is none.
    sureness : array, shape [directions]
        A's strength less B's, over its error as the parts tell it; higher = surer to be found again
        by other models.
    products : Products
        Of the datamodels of disjoint parts.
    """

    sides: tuple[Side, ...]
    strengths: Pair[np.ndarray]
    explained: Pair[np.ndarray]
    sureness: np.ndarray
    products: Products

    def ordered(self, order: np.ndarray) -> "Ownership":
        """Return the same of directions in another order."""
        return replace(
            self,
            sides=tuple(self.sides[k] for k in order),
            strengths=self.strengths.map(lambda side: side[order]),
            explained=self.explained.map(lambda side: side[order]),
            sureness=self.sureness[order],
        )


def measure_ownership(folds: Iterable[Fold], known: Axes) -> Ownership:
    """Find directions without two parts of the models and measure them on those two, for each pair.

    ``known`` are the directions of all models.
    """
    pairs = [
        _measure(fold, refit(fold.rest, known).directions.T, known.whitening.scale)
        for fold in folds
    ]
    strengths, powers, products, squares = (np.array(each) for each in zip(*pairs, strict=True))
    by_part = _by_part(strengths)
    # Datamodels whose variance is not above noise have no shares to speak of: the floor keeps those
    # of noise small.
    floor = 0.01 * squares.mean(axis=0)
    safe = np.maximum(np.maximum(products[:, :2].mean(axis=0), floor), np.finfo(np.float32).tiny)
    explained = Pair(*(powers.mean(axis=0) / safe[:, None]))
    sides = (_side(each) for each in np.moveaxis(by_part, 2, 0))
    return Ownership(
        sides=tuple(_unless(*each) for each in zip(sides, *explained, strict=True)),
        strengths=Pair(*by_part.mean(axis=0)),
        explained=explained,
        sureness=_sureness(by_part),
        products=Products(own=Pair(*products[:, :2].T), cross=products[:, 2]),
    )


def _by_part(strengths: np.ndarray) -> np.ndarray:
    """Return the mean strengths on each part of the models, shape [parts, 2, directions].

    ``strengths`` is [pairs, 2 parts, 2 sides, directions], pairs in the order of `combinations`.
    """
    # k parts make k(k−1)/2 pairs.
    parts = int((1 + np.sqrt(1 + 8 * len(strengths))) // 2)
    sums = np.zeros((parts, *strengths.shape[2:]))
    for pair, measured in zip(combinations(range(parts), 2), strengths, strict=True):
        sums[list(pair)] += measured
    return sums / (parts - 1)


def _sureness(by_part: np.ndarray) -> np.ndarray:
    # Parts share the models that found the pattern: an order of directions, not a p-value.
    lead = by_part[:, 0] - by_part[:, 1]
    error = lead.std(axis=0, ddof=1) / np.sqrt(len(lead))
    sure: np.ndarray = lead.mean(axis=0) / np.maximum(error, np.finfo(np.float32).tiny)
    return sure


def _measure(
    fold: Fold, directions: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return strengths [2 parts, 2 sides, directions], variances [2 sides, ...], products, squares.

    Products of the two parts' datamodels (A's, B's, one of each: without noise), then the mean
    squares of each side (with noise).
    """
    rest, held = fold.rest, (fold.first, fold.second)
    # The pattern is the rest's: one found on the held-out parts would be aligned with their noise.
    pattern = (rest.a - scale * rest.b) @ directions
    pattern /= np.maximum(np.linalg.norm(pattern, axis=0), np.finfo(np.float32).tiny)
    along = [(each.a @ directions, each.b @ directions) for each in held]
    strengths = [[(pattern * a).sum(axis=0), scale * (pattern * b).sum(axis=0)] for a, b in along]
    # Products of disjoint parts: their noise is independent, so its mean product is 0; a square's
    # is not.
    powers = [(one * other).sum(axis=0) for one, other in zip(*along, strict=True)]
    products = [float((one * other).sum()) for one, other in zip(*held, strict=True)]
    first, second = held
    products.append(float((first.a * second.b).sum() + (second.a * first.b).sum()) / 2)
    squares = np.mean([[float(np.square(side).sum()) for side in each] for each in held], axis=0)
    return np.array(strengths), np.array(powers), np.array(products), squares


def _side(by_part: np.ndarray) -> Side:
    """Name the algorithm that carries at least twice what the other does, and surely more.

    ``by_part`` is [parts, 2 sides]. Surely: by a t-test over the parts; where held-out models can't
    tell, the answer is "both".
    """
    a, b = by_part.mean(axis=0)
    lead = by_part @ np.sign([a, -b])
    sure = float(student_t.ppf(0.975, len(lead) - 1))
    if abs(lead.mean()) < sure * lead.std(ddof=1) / np.sqrt(len(lead)):
        return "both"
    if abs(b) < abs(a) / 2:
        return "A"
    return "B" if abs(a) < abs(b) / 2 else "both"


def _unless(side: Side, a: float, b: float) -> Side:
    """Return the side, or "both" where the shares of variance say otherwise."""
    # Of two estimates that are both shown: one that the other contradicts is not sure.
    return "both" if (side, a < b) in (("A", True), ("B", False)) else side
