"""From groups that are used differently to their parts (METHOD §8, zoom)."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from traindiff.datasets import Dataset
from traindiff.datasets.groups import Groups
from traindiff.grouping.base import Proposal
from traindiff.grouping.embeddings import embedded, embedding_of
from traindiff.grouping.partition import partition
from traindiff.report.focusing import Step

__all__ = ["parts_of", "within"]

PARTS = 4
SHARE = 4
"""One group in so many is divided at most: the others stay, so that models can tell the parts."""


def parts_of(step: Step, train: Dataset, seed: int) -> Proposal | None:
    """Return the groups with the named ones divided, or None where none can be.

    Parameters
    ----------
    step : Step
    train : Dataset
    seed : int
        Of where k-means starts.
    """
    proposal = step.proposal
    members, distances = proposal.groups.members.copy(), proposal.distances.copy()
    names = list(proposal.groups.names)
    for group in _divisible(step):
        rows = np.flatnonzero(proposal.groups.members == group)
        found = partition(_points(proposal, train, rows), min(PARTS, len(rows)), seed)
        places = np.array([group, *range(len(names), len(names) + found.count - 1)])
        members[rows], distances[rows] = places[found.members], found.distances
        name = names[group]
        names += [f"{name}, part {part + 1}" for part in range(1, found.count)]
        names[group] = name if found.count == 1 else f"{name}, part 1"
    if len(names) == len(proposal.groups):
        return None
    groups = Groups(names=tuple(names), members=members)
    return replace(proposal, groups=groups, distances=distances)


def within(step: Step, earlier: Step) -> Step:
    """Return a step that names only what was in groups which an earlier one named."""
    inside = np.isin(earlier.proposal.groups.members, earlier.named)
    known = set(step.proposal.groups.members[inside].tolist())
    return replace(step, named=tuple(group for group in step.named if group in known))


def _divisible(step: Step) -> Iterator[int]:
    most = max(1, len(step.proposal.groups) // SHARE)
    return (group for group in step.named[:most] if step.proposal.sizes[group] > 1)


def _points(proposal: Proposal, train: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return what some examples do to A and B differently, or else their inputs."""
    if proposal.influence is not None:
        return np.asarray(proposal.influence.train[:, rows].T)
    return np.asarray(embedded(embedding_of(train.modality), train)[rows])
