"""Whose model is whose: the null sample of every test whose label is "A" or "B".

Under the null hypothesis the models of A and of B are draws from one distribution, so every way to
call m_A of them A's was as likely as the one observed. Where model i of A and model i of B share
their subset and seed, only the two of a pair can be exchanged: every choice of pairs to swap was as
likely. Statistics do not change when A and B swap names, so a labelling and its mirror image count
once (METHOD §9).
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from traindiff import seeding
from traindiff.statistics.permutation import permutation_p_values

__all__ = ["Draws", "Relabellings", "Swaps", "exceedance", "labellings"]

_TIED = 1e-9
"""Sums in another order differ by rounding; without this, ties would count as smaller."""


class Draws(ABC):
    """Labellings other than the observed one: all of them, or so many at random."""

    most: int

    @property
    @abstractmethod
    def total(self) -> int:
        """Number of labellings, the observed one included, that statistics can tell apart."""

    @abstractmethod
    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield labellings as bool arrays."""

    @property
    def enumerated(self) -> bool:
        """Whether every labelling is looked at."""
        return self.total - 1 <= self.most

    @property
    def count(self) -> int:
        """Number of labellings looked at, the observed one not counted."""
        return self.total - 1 if self.enumerated else self.most

    @property
    def smallest_p_value(self) -> float:
        """The p-value when no other labelling is as extreme as the observed one."""
        return 1 / (self.count + 1)


@dataclass(frozen=True, kw_only=True)
class Relabellings(Draws):
    """Ways to divide models into A's and B's, other than the observed one.

    Parameters
    ----------
    a, b : int
        Numbers of models; the observed division has A's first.
    most : int
        All are listed if they are at most so many; else so many are drawn at random.
    seed : int
    """

    a: int
    b: int
    most: int
    seed: int

    @property
    def total(self) -> int:
        """Number of divisions; with as many A's as B's, mirror images count once."""
        return math.comb(self.a + self.b, self.a) // (2 if self.a == self.b else 1)

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield bool arrays [models]: who is called A's."""
        size = self.a + self.b
        if not self.enumerated:
            for index in range(self.most):
                # Each draw is named by its number: more draws later keep the first ones.
                order = seeding.stream(self.seed, "relabelling", index).permutation(size)
                yield order < self.a
            return
        observed = tuple(range(self.a))
        for chosen in combinations(range(size), self.a):
            mirrored = self.a == self.b and 0 not in chosen
            if chosen != observed and not mirrored:
                yield np.isin(np.arange(size), chosen)


@dataclass(frozen=True, kw_only=True)
class Swaps(Draws):
    """Ways to swap the two models of some of the pairs.

    Parameters
    ----------
    pairs : int
        Number of pairs; the observed labelling swaps none.
    most : int
        All are listed if they are at most so many; else so many are drawn at random.
    seed : int
    """

    pairs: int
    most: int
    seed: int

    @property
    def total(self) -> int:
        """Number of choices; swapping all pairs is the mirror image of swapping none."""
        return int(2 ** (self.pairs - 1))

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield bool arrays [pairs]: which pairs are swapped."""
        if not self.enumerated:
            for index in range(self.most):
                yield seeding.stream(self.seed, "swaps", index).random(self.pairs) < 0.5
            return
        rest = product((False, True), repeat=self.pairs - 1)
        yield from (np.array((False, *chosen)) for chosen in rest if any(chosen))


def labellings(
    is_a: np.ndarray, pairs: np.ndarray, *, most: int, seed: int
) -> tuple[np.ndarray, Draws]:
    """Return who is called A's in each draw of the null sample.

    The draws depend on ``is_a`` no further than they must, so that exchanging A and B, with models
    in the same order, gives the mirror images of the same labellings.

    Parameters
    ----------
    is_a : bool array, shape [models]
        The observed labelling.
    pairs : int array, shape [models]
        Two models of one number, one of each side, are exchanged with each other and no others;
        where every number stands once, all models are exchangeable.
    most, seed
        As in `Relabellings`.

    Returns
    -------
    array, bool, shape [draws, models]
    Draws
        How many there are, and the smallest p-value they allow.
    """
    names, pair = np.unique(pairs, return_inverse=True)
    if len(names) < len(pairs):
        swaps = Swaps(pairs=len(names), most=most, seed=seed)
        swapped = np.array(list(swaps), dtype=bool).reshape(swaps.count, len(names))
        return is_a ^ swapped[:, pair], swaps
    few = is_a if 2 * is_a.sum() <= len(is_a) else ~is_a
    draws = Relabellings(a=int(few.sum()), b=int((~few).sum()), most=most, seed=seed)
    chosen = np.array(list(draws), dtype=bool).reshape(draws.count, len(is_a))
    if draws.enumerated:  # listed with the few first, where the observed labelling is left out
        chosen = chosen[:, np.argsort(np.argsort(~few, kind="stable"))]
    return chosen if few is is_a else ~chosen, draws


def exceedance(observed: float, null: np.ndarray) -> float:
    """Return (1 + #{null >= observed}) / (1 + P); equal up to rounding counts as equal.

    Parameters
    ----------
    observed : float
        Higher = more different.
    null : array, shape [draws]
    """
    slack = _TIED * max(abs(observed), float(np.abs(null).max(initial=0.0)))
    return float(permutation_p_values(np.array([observed - slack]), null)[0])
