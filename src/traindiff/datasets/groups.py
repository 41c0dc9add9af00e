"""Training examples in groups: a train axis of thousands for data of millions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from jaxtyping import Bool, Float, Int64

from traindiff.datasets.base import Dataset
from traindiff.errors import InputError, unknown
from traindiff.identity import fingerprint

__all__ = ["Groups", "exemplars", "groups_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Groups:
    """Which group each training example belongs to: sources, clusters, shards, ...

    A subset then takes or leaves whole groups, and an attribution is the sum over a group, so that
    the train axis of all that follows is groups.

    Parameters
    ----------
    names : tuple of str
        One a group, all different.
    members : int array, shape [train]
        Index of each example's group.

    Raises
    ------
    InputError
        When there are fewer than 2 groups, or one is named twice or has no example.

    Examples
    --------
    >>> groups = Groups.of(["web", "books", "web"])
    >>> groups.names, groups.members.tolist()
    (('books', 'web'), [1, 0, 1])
    >>> groups.expand(np.array([[True, False]])).tolist()
    [[False, True, False]]
    """

    names: tuple[str, ...]
    members: Int64[np.ndarray, " train"]

    def __post_init__(self) -> None:
        """Refuse groups that no subset could tell apart."""
        members = np.asarray(self.members)
        if members.ndim != 1 or members.dtype.kind not in "iu":
            raise InputError(
                f"groups: members must be the group index of each training example, found "
                f"{members.dtype} of shape {members.shape}."
            )
        if len(self.names) < 2 or len(set(self.names)) != len(self.names):
            raise InputError(
                f"groups: at least 2 groups of different names are needed, found {self.names[:5]}."
            )
        if not np.array_equal(np.unique(members), np.arange(len(self.names))):
            raise InputError(
                f"groups: members must use every index in [0, {len(self.names)}) and no other."
            )
        object.__setattr__(self, "members", members.astype(np.int64))

    @classmethod
    def of(cls, values: Sequence[object] | np.ndarray) -> Self:
        """Return the groups of equal values, sorted; such as a column of a dataset's metadata.

        Raises
        ------
        InputError
            When all values are equal, or two different ones read alike.
        """
        found, members = np.unique(np.asarray(values), return_inverse=True)
        return cls(names=tuple(str(value) for value in found), members=members)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"Groups({len(self)} groups of {self.n_train:,} training examples)"

    @property
    def n_train(self) -> int:
        """Number of training examples."""
        return len(self.members)

    @cached_property
    def fingerprint(self) -> str:
        """Identity of who belongs where; names are no part of it."""
        return fingerprint(self.members.tolist())

    def expand(self, masks: Bool[np.ndarray, "models groups"]) -> Bool[np.ndarray, "models train"]:
        """Return masks over examples, [models, train], from masks over groups, [models, groups]."""
        return np.asarray(masks[:, self.members])

    def sums(self, scores: Float[np.ndarray, "... train"]) -> Float[np.ndarray, "... groups"]:
        """Return the sum over each group, [..., groups], of scores [..., train]."""
        order = np.argsort(self.members, kind="stable")
        starts = np.searchsorted(self.members[order], np.arange(len(self)))
        return np.asarray(np.add.reduceat(scores[..., order], starts, axis=-1))

    def check(self, n_train: int) -> None:
        """Raise `InputError` unless the groups are those of ``n_train`` examples."""
        if self.n_train != n_train:
            raise InputError(
                f"groups has {self.n_train} training examples, the data {n_train}: "
                "one group an example is needed, in the order of the training examples."
            )


def groups_of(data: Dataset, column: str) -> Groups:
    """Return the groups that a metadata column, or a table's own column, divides examples into.

    Raises
    ------
    InputError
        When there is no such column, or all its values are equal.
    """
    if column in data.metadata:
        return Groups.of(data.metadata[column])
    if column in data.columns:
        return Groups.of(data.inputs[:, data.columns.index(column)])
    known = [*data.metadata, *data.columns]
    raise InputError(unknown("group", column, known, f"columns of {data.name}"))


def exemplars(data: Dataset, groups: Groups) -> Dataset:
    """Return one example a group, to stand for it where groups are shown or searched for features.

    It is the first example of the group's commonest label (of a regression, the one whose label is
    nearest the group's mean), called by the group's name and size.
    """
    groups.check(len(data))
    rows = np.array([_exemplar(data, groups.members == index) for index in range(len(groups))])
    sizes = np.bincount(groups.members)
    chosen = data.take(rows)
    ids = tuple(f"{name} ({size:,})" for name, size in zip(groups.names, sizes, strict=True))
    return replace(chosen, ids=ids)


def _exemplar(data: Dataset, members: np.ndarray) -> int:
    rows = np.flatnonzero(members)
    labels = data.labels[rows]
    if data.class_names is None:
        return int(rows[np.abs(labels - labels.mean()).argmin()])
    return int(rows[labels == np.bincount(labels).argmax()][0])
