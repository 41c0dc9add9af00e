"""The relabelling null: which checkpoints are called A's and which B's.

Under the null hypothesis the checkpoints of A and of B are draws from one distribution, so every
way to call m_A of them A's and the others B's was as likely as the one observed.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from traindiff import seeding

__all__ = ["Relabellings"]


@dataclass(frozen=True, kw_only=True)
class Relabellings:
    """Ways to divide checkpoints into A's and B's, other than the observed one.

    Parameters
    ----------
    a, b : int
        Numbers of checkpoints; the observed division has A's first.
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
        """Number of divisions, the observed one included, that statistics can tell apart.

        With as many A's as B's, swapping the two changes no statistic and counts once.
        """
        return math.comb(self.a + self.b, self.a) // (2 if self.a == self.b else 1)

    @property
    def enumerated(self) -> bool:
        """Whether every division is looked at."""
        return self.total - 1 <= self.most

    @property
    def count(self) -> int:
        """Number of divisions looked at, the observed one not counted."""
        return self.total - 1 if self.enumerated else self.most

    @property
    def smallest_p_value(self) -> float:
        """The p-value when no other division is as extreme as the observed one."""
        return 1 / (self.count + 1)

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield bool arrays [checkpoints]: who is called A's."""
        size = self.a + self.b
        if not self.enumerated:
            for index in range(self.most):
                order = seeding.stream(self.seed, "relabelling", index).permutation(size)
                yield order < self.a
            return
        observed = tuple(range(self.a))
        for chosen in combinations(range(size), self.a):
            mirrored = self.a == self.b and 0 not in chosen
            if chosen != observed and not mirrored:
                yield np.isin(np.arange(size), chosen)
