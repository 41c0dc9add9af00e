"""Surrogate trees: two models at once, one alone, and a partition for many.

Joint surrogate trees after Haldar, Saha, Wei, Nair, Daly (UAI 2023, arXiv 2306.06473): the trees of
A and B share their cuts while that costs little, and part where it does not, so that what differs
between them is small and stands at the ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from traindiff.lenses.rules.cuts import Cut, Rows, best_cut, impurities
from traindiff.lenses.rules.regions import EVERYWHERE, Region
from traindiff.pair import Pair

__all__ = ["Growth", "Joint", "Tree", "joint_trees", "partition", "separate_trees", "tree"]

PURE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Growth:
    """How trees grow.

    Parameters
    ----------
    depth : int
        Most cuts from root to leaf.
    least : int
        Fewest rows in a leaf.
    tolerance : float
        A and B share a cut unless it leaves so many bits a row more than their own ones do, the
        mean of the two (1/α of the paper).
    """

    depth: int = 6
    least: int = 1
    tolerance: float = 1.0


class Tree(Protocol):
    """A tree of one model."""

    def leaves(self, region: Region | None) -> Iterator[tuple[Region, int]]:
        """Yield the non-empty leaves within a region, with their labels."""
        ...


class Joint(Protocol):
    """The trees of two models, grown together."""

    def differences(self, region: Region | None) -> Iterator[tuple[Region, Pair[int]]]:
        """Yield disjoint regions where the two say different things, and what they say."""
        ...


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One label everywhere."""

    label: int

    def leaves(self, region: Region | None) -> Iterator[tuple[Region, int]]:
        if region is not None:
            yield region, self.label


@dataclass(frozen=True, kw_only=True)
class Fork:
    """A cut of one model's tree."""

    cut: Cut
    below: Tree
    above: Tree

    def leaves(self, region: Region | None) -> Iterator[tuple[Region, int]]:
        if region is not None:
            below, above = region.cut(self.cut.feature, self.cut.threshold)
            yield from self.below.leaves(below)
            yield from self.above.leaves(above)


@dataclass(frozen=True, kw_only=True)
class Trunk:
    """A cut that both models share."""

    cut: Cut
    below: Joint
    above: Joint

    def differences(self, region: Region | None) -> Iterator[tuple[Region, Pair[int]]]:
        if region is not None:
            below, above = region.cut(self.cut.feature, self.cut.threshold)
            yield from self.below.differences(below)
            yield from self.above.differences(above)


@dataclass(frozen=True, kw_only=True)
class Parting:
    """Where each model goes on with a tree of its own."""

    trees: Pair[Tree]

    def differences(self, region: Region | None) -> Iterator[tuple[Region, Pair[int]]]:
        for whole, label in self.trees.a.leaves(region):
            for part, other in self.trees.b.leaves(whole):
                if label != other:
                    yield part, Pair(label, other)


def tree(rows: Rows, growth: Growth, depth: int | None = None) -> Tree:
    """Return the tree of the first labelling of the rows."""
    left = growth.depth if depth is None else depth
    cut = None if left == 0 or rows.pure[0] else best_cut(impurities(rows, growth.least)[0], rows)
    if cut is None:
        return Leaf(label=int(np.bincount(rows.here[0]).argmax()))
    below, above = (tree(part, growth, left - 1) for part in rows.split(cut))
    return Fork(cut=cut, below=below, above=above)


def separate_trees(rows: Rows, growth: Growth, depth: int | None = None) -> Parting:
    """Return two trees that share nothing, of the first and the second labelling."""
    a, b = (tree(rows.labelled(side), growth, depth) for side in (0, 1))
    return Parting(trees=Pair(a, b))


def joint_trees(rows: Rows, growth: Growth, depth: int | None = None) -> Joint:
    """Return the trees of the first and the second labelling, grown together.

    Examples
    --------
    >>> values = np.random.default_rng(0).random((500, 2))
    >>> a = (values[:, 0] > 0.5).astype(int)
    >>> b = np.where(values[:, 1] > 0.8, 1 - a, a)
    >>> grown = joint_trees(Rows.of(values, np.stack([a, b])), Growth(depth=3))
    >>> len(list(grown.differences(EVERYWHERE)))
    2
    """
    left = growth.depth if depth is None else depth
    if left == 0 or rows.pure.any():
        return separate_trees(rows, growth, left)
    found = impurities(rows, growth.least)
    own = [best_cut(each, rows) for each in found]
    shared = best_cut(found.mean(axis=0), rows)
    if shared is None or _part(shared, own, growth):
        return separate_trees(rows, growth, left)
    below, above = (joint_trees(part, growth, left - 1) for part in rows.split(shared))
    return Trunk(cut=shared, below=below, above=above)


def _part(shared: Cut, own: list[Cut | None], growth: Growth) -> bool:
    """Whether an own cut makes one side pure, or sharing costs more than it may."""
    best = [cut.impurity for cut in own if cut is not None]
    return min(best) <= PURE or shared.impurity - float(np.mean(best)) > growth.tolerance


def partition(rows: Rows, growth: Growth) -> list[Region]:
    """Return the leaves of one tree whose cuts serve all labellings equally."""
    return list(_partition(rows, growth, growth.depth, EVERYWHERE))


def _partition(rows: Rows, growth: Growth, left: int, region: Region) -> Iterator[Region]:
    cut = None
    if left > 0 and not rows.pure.all():
        cut = best_cut(impurities(rows, growth.least).mean(axis=0), rows)
    if cut is None:
        yield region
        return
    regions = region.cut(cut.feature, cut.threshold)
    for part, inside in zip(rows.split(cut), regions, strict=True):
        assert inside is not None, "a cut between two rows has rows on both sides"
        yield from _partition(part, growth, left - 1, inside)
