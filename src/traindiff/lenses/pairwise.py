"""Lenses that compare models two by two: are A and B farther apart than the models of one side."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from traindiff.lenses.exhibits import Exhibit

__all__ = ["Distances", "Pairwise"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Distances:
    """Mean dissimilarities under some labellings, arrays [...].

    Where a side has one model only, nothing is known among its models, and the other side's
    dissimilarity stands in; with one a side both are 0.
    """

    between: np.ndarray
    among_a: np.ndarray
    among_b: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairwise:
    """A dissimilarity matrix of models.

    The value is the mean dissimilarity between a model of A and one of B − the mean of those among
    the models of A and among those of B (half the energy distance of Székely and Rizzo 2013 where
    the dissimilarity is a metric's).

    Parameters
    ----------
    dissimilarity : array, shape [models, models]
        Symmetric, 0 on the diagonal; higher = more different.
    pairs : int array, shape [models]
        As in `Models`.
    exhibits : callable
        Returns what to show, given who is A's and the mean dissimilarities.
    """

    dissimilarity: np.ndarray
    pairs: np.ndarray
    exhibits: Callable[[np.ndarray, Distances], tuple[Exhibit, ...]]

    def value(self, is_a: np.ndarray) -> np.ndarray:
        """Return mean between − mean among, float [...] for labellings [..., models]."""
        found = self.distances(is_a)
        return np.asarray(found.between - (found.among_a + found.among_b) / 2)

    def show(self, is_a: np.ndarray) -> tuple[Exhibit, ...]:
        """Return the exhibits under one labelling."""
        return self.exhibits(is_a, self.distances(is_a))

    def distances(self, is_a: np.ndarray) -> Distances:
        """Return the mean dissimilarities under labellings [..., models]."""
        a, b = is_a.astype(np.float64), (~is_a).astype(np.float64)
        # Models that share subset and seed are alike for that reason; counted in, they would lower
        # the value, for every labelling equally.
        counted = (self.pairs[:, None] != self.pairs).astype(np.float64)
        weighted = counted * self.dissimilarity

        def mean(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            size = np.sum(one @ counted * other, axis=-1)
            return np.sum(one @ weighted * other, axis=-1) / np.maximum(size, 1), size > 0

        (between, _), (among_a, known_a), (among_b, known_b) = mean(a, b), mean(a, a), mean(b, b)
        return Distances(
            between=between,
            among_a=np.where(known_a, among_a, among_b),
            among_b=np.where(known_b, among_b, among_a),
        )
