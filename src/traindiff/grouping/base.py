"""What proposes groups, and what a proposal is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from traindiff.datasets import Dataset
from traindiff.datasets.groups import Groups

__all__ = ["Grouping", "Influence", "Proposal"]


@runtime_checkable
class Grouping(Protocol):
    """A way to propose groups of training examples.

    What a proposal rests on must owe nothing to the models that are compared over its groups
    (METHOD §8): inputs, metadata, checkpoints and pilot models of seeds of their own.
    """

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the groups, as JSON-like values."""
        ...

    def propose(self, train: Dataset, *, count: int, seed: int) -> "Proposal":
        """Return about ``count`` groups of ``train``: fewer where near-empty ones were merged."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Influence:
    """What training examples did to A's outputs and not to B's, in few numbers.

    It orders the members of a group; the test is of the groups alone.

    Parameters
    ----------
    targets : array, shape [targets, rank]
    train : array, shape [rank, train]
        ``targets @ train`` approximates the difference of A's and B's scores [targets, train];
        positive where an example raises A's output of the target more than B's.
    """

    targets: np.ndarray
    train: np.ndarray

    def along(self, projections: np.ndarray) -> np.ndarray:
        """Return each training example's influence along a direction, shape [train].

        Parameters
        ----------
        projections : array, shape [targets]
            What the direction does to each target; higher = A gains more from its positive end.
        """
        return np.asarray((projections @ self.targets) @ self.train)


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposal:
    """Groups, and how they came about.

    Parameters
    ----------
    groups : Groups
    how : str
        How they were made, in words.
    distances : array, shape [train]
        Of each example from the centre of its group, in the group's own coordinates; 0 where
        groups have no centre.
    influence : Influence or None
        What orders the members of a group, where attributions made it.
    """

    groups: Groups
    how: str
    distances: np.ndarray
    influence: Influence | None = None

    @property
    def sizes(self) -> np.ndarray:
        """Number of examples of each group, shape [groups]."""
        return np.bincount(self.groups.members, minlength=len(self.groups))

    def central(self, group: int, count: int) -> np.ndarray:
        """Return the indices of the ``count`` members nearest a group's centre, nearest first."""
        members = np.flatnonzero(self.groups.members == group)
        return members[np.argsort(self.distances[members], kind="stable")[:count]]

    def members(self, group: int, projections: np.ndarray | None = None) -> np.ndarray:
        """Return all members of a group.

        Those of largest influence along a direction come first, in the sense of the group's sum,
        where ``projections`` and influences are given; else those nearest the centre.
        """
        found = self.central(group, len(self.distances))
        if projections is None or self.influence is None:
            return found
        along = self.influence.along(projections)[found]
        return found[np.argsort(-along * (np.sign(along.sum()) or 1.0), kind="stable")]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what a store keeps; see `restored`."""
        kept = {"members": self.groups.members, "distances": self.distances}
        if self.influence is not None:
            kept |= {"by_target": self.influence.targets, "by_train": self.influence.train}
        return kept

    def about(self) -> dict[str, Any]:
        """Return what a store keeps beside the arrays, as JSON-like values."""
        return {"names": list(self.groups.names), "how": self.how}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> Self:
        """Return the proposal whose `arrays` and `about` are given."""
        influence = None
        if "by_target" in arrays:
            influence = Influence(targets=arrays["by_target"], train=arrays["by_train"])
        return cls(
            groups=Groups(names=tuple(about["names"]), members=arrays["members"]),
            how=about["how"],
            distances=arrays["distances"],
            influence=influence,
        )
