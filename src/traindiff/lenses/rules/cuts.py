"""The best cut of one feature, for one labelling of the rows or for several together.

Rows are sorted once a feature; a node keeps its share of every order, and the classes left of each
possible cut are counted by cumulative sums: O(features · rows) a node after O(features · rows · log
rows) once.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Cut", "Rows", "best_cut", "impurities"]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A threshold on a feature; `impurity` is the mean entropy of a row below it, in bits."""

    impurity: float
    feature: int
    threshold: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """The rows of one node.

    Parameters
    ----------
    values : float array, shape [rows, features]
        Of all nodes.
    codes : int array, shape [labellings, rows]
        Of all nodes: class indices.
    orders : int array, shape [features, rows here]
        The rows of this node, sorted by each feature.
    """

    values: np.ndarray
    codes: np.ndarray
    orders: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, codes: np.ndarray) -> "Rows":
        """Return the root's rows."""
        return cls(
            values=values,
            codes=np.asarray(codes),
            orders=np.argsort(values, axis=0, kind="stable").T.copy(),
        )

    def __len__(self) -> int:
        return int(self.orders.shape[1])

    @property
    def here(self) -> np.ndarray:
        """The labels of this node's rows, int [labellings, rows here]."""
        return np.asarray(self.codes[:, self.orders[0]])

    @property
    def pure(self) -> np.ndarray:
        """Which labellings have one class only, bool [labellings]."""
        return np.asarray((self.here == self.here[:, :1]).all(axis=1))

    def labelled(self, labelling: int) -> "Rows":
        """Return the same rows under one labelling alone."""
        return Rows(values=self.values, codes=self.codes[[labelling]], orders=self.orders)

    def split(self, cut: Cut) -> "tuple[Rows, Rows]":
        """Return the rows below a cut and those from it on."""
        below = self.values[:, cut.feature] < cut.threshold
        features = len(self.orders)
        left, right = (
            self.orders[side[self.orders]].reshape(features, -1) for side in (below, ~below)
        )
        return (
            Rows(values=self.values, codes=self.codes, orders=left),
            Rows(values=self.values, codes=self.codes, orders=right),
        )


def impurities(rows: Rows, least: int) -> np.ndarray:
    """Return the mean entropy of a row after each cut, in bits, [labellings, features, cuts].

    Infinite where two rows are equal, or fewer than ``least`` rows would be on one side.
    """
    size = len(rows)
    sizes = np.arange(size + 1.0)
    weigh = sizes * np.log2(np.maximum(sizes, 1))  # counts are whole: a table instead of logarithms
    found = np.stack([_after(rows.orders, codes, weigh) for codes in rows.codes]) / size
    ordered = np.take_along_axis(rows.values.T, rows.orders, axis=1)
    place = np.arange(1, size)
    allowed = (ordered[:, 1:] > ordered[:, :-1]) & (place >= least) & (size - place >= least)
    return np.asarray(np.where(allowed, found, np.inf))


def _after(orders: np.ndarray, codes: np.ndarray, weigh: np.ndarray) -> np.ndarray:
    """Return the entropy of both sides of each cut, times their rows, [features, cuts]."""
    labels, size = codes[orders], orders.shape[1]
    place = np.arange(1, size)
    total = (weigh[place] + weigh[size - place])[None].repeat(len(orders), axis=0)
    for label in np.unique(labels[0]):
        left = np.cumsum(labels == label, axis=1, dtype=np.int32)
        total -= weigh[left[:, :-1]] + weigh[left[:, -1:] - left[:, :-1]]
    return np.asarray(total)


def best_cut(impurity: np.ndarray, rows: Rows) -> Cut | None:
    """Return the cut of least impurity [features, cuts], halfway between two rows; None: none is.

    The threshold may round down to the row below; then it is the row above.
    """
    if not impurity.size or not np.isfinite(impurity.min()):
        return None
    feature, place = np.unravel_index(int(impurity.argmin()), impurity.shape)
    low, high = rows.values[rows.orders[feature, place : place + 2], feature].tolist()
    middle = low + (high - low) / 2
    return Cut(
        impurity=float(impurity[feature, place]),
        feature=int(feature),
        threshold=middle if middle > low else high,
    )
