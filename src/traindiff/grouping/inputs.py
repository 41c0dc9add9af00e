"""Groups of alike inputs of one class: no model is needed, and none is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from traindiff.datasets import Dataset
from traindiff.datasets.groups import Groups
from traindiff.grouping.base import Proposal
from traindiff.grouping.counts import check_count
from traindiff.grouping.embeddings import Embedding, embedded, embedding_of
from traindiff.grouping.partition import Partition, partition
from traindiff.identity import check_identity, code_identity, versioned

__all__ = ["FromInputs"]

QUARTERS: tuple[str, ...] = ("lowest quarter", "second quarter", "third quarter", "highest quarter")


@dataclass(frozen=True, kw_only=True, eq=False)
class FromInputs:
    """Groups of alike inputs within each class (of a regression, each quarter of the labels).

    The same data give the same groups whatever was trained, so that two runs over other models
    speak of the same groups.

    Parameters
    ----------
    embedding : callable, optional
        From a Dataset to points [examples, coordinates]; by default pixels, standardised columns or
        words. Two examples are alike where they are near.
    version : str, optional
        What tells the embedding from others where its code does not; see
        `traindiff.identity.check_identity`.

    Raises
    ------
    InputError
        When the embedding can't be told from others in a later run.
    """

    embedding: Embedding | None = None
    version: str | None = None

    def __post_init__(self) -> None:
        """Refuse an embedding that could change unnoticed."""
        if self.embedding is not None:
            check_identity(self.embedding, self.version, "embedding")

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the groups, as JSON-like values."""
        own = None if self.embedding is None else code_identity(self.embedding)
        return {"kind": "inputs", "embedding": own, **versioned(self.version)}

    def propose(self, train: Dataset, *, count: int, seed: int) -> Proposal:
        """Return the groups, each within one class; at least one a class.

        Raises
        ------
        InputError
            When there are more classes than groups, or the embedding gives no points.
        """
        check_count(count, len(train))
        points = embedded(self.embedding or embedding_of(train.modality), train)
        strata, names = _strata(train)
        if len(names) > count:
            return _whole(points, strata, names, count, seed)
        return _within(points, strata, names, count, seed)


def _strata(train: Dataset) -> tuple[np.ndarray, list[str]]:
    """Return each example's class, numbered among those there are, and what they are called."""
    if train.class_names is None:
        bounds = np.quantile(train.labels, [0.25, 0.5, 0.75])
        labels, names = np.searchsorted(bounds, train.labels), QUARTERS
    else:
        labels, names = train.labels, train.class_names
    present, strata = np.unique(labels, return_inverse=True)
    return strata, [names[label] for label in present]


def _within(
    points: np.ndarray, strata: np.ndarray, names: list[str], count: int, seed: int
) -> Proposal:
    members, distances = np.empty(len(points), np.int64), np.empty(len(points))
    called: list[str] = []
    for stratum, share in enumerate(_shares(np.bincount(strata), count)):
        rows = np.flatnonzero(strata == stratum)
        found = partition(points[rows], int(share), seed)
        members[rows], distances[rows] = len(called) + found.members, found.distances
        called += _called(names[stratum], found)
    return Proposal(
        groups=Groups(names=tuple(called), members=members),
        how="by alike inputs of one class",
        distances=distances,
    )


def _shares(sizes: np.ndarray, count: int) -> np.ndarray:
    """Return how many groups each class is divided into: each next to the one of largest groups."""
    shares = np.ones(len(sizes), np.int64)
    for _ in range(count - len(sizes)):
        shares[(sizes / shares).argmax()] += 1
    return shares


def _called(name: str, found: Partition) -> Iterator[str]:
    if found.count == 1:
        return iter((name,))
    return (f"{name}, {part + 1}" for part in range(found.count))


def _whole(
    points: np.ndarray, strata: np.ndarray, names: list[str], count: int, seed: int
) -> Proposal:
    """Return groups of whole classes, where there are more classes than groups."""
    centres = np.array([points[strata == each].mean(axis=0) for each in range(len(names))])
    found = partition(centres, count, seed)
    called = tuple(
        ", ".join(names[each] for each in np.flatnonzero(found.members == part))
        for part in range(found.count)
    )
    return Proposal(
        groups=Groups(names=called, members=found.members[strata]),
        how="by classes of alike inputs",
        distances=found.distances[strata],
    )
