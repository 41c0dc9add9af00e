"""Points into groups: k-means, near-empty groups merged into their nearest."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from traindiff import seeding
from traindiff.datasets.groups import Groups
from traindiff.errors import InputError

__all__ = ["Partition", "numbered_groups", "partition"]

STARTS = 10
NEAR_EMPTY = 0.1
"""Share of the average size below which a group is merged: a block so small moves no output."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Partition:
    """Which part each point is in.

    Parameters
    ----------
    members : int array, shape [points]
        Numbered in the order of their first points.
    distances : array, shape [points]
        From the centre of the point's own part.
    """

    members: np.ndarray
    distances: np.ndarray

    @property
    def count(self) -> int:
        """Number of parts."""
        return int(self.members.max()) + 1


def partition(points: np.ndarray, count: int, seed: int) -> Partition:
    """Divide points into at most ``count`` parts that are close together.

    Parameters
    ----------
    points : array, shape [points, coordinates]
    count : int
    seed : int
        Of where k-means starts.

    Raises
    ------
    InputError
        When points are NaN or infinite.
    """
    if not np.isfinite(points).all():
        raise InputError(
            "coordinates to make groups by hold NaN or infinite values: leave those examples, or "
            "the models or columns that gave them, out."
        )
    points = np.asarray(points, dtype=np.float64)
    members = _merged(points, _clustered(points, count, seed), NEAR_EMPTY * len(points) / count)
    distances = np.linalg.norm(points - _centres(points, members)[members], axis=1)
    return Partition(members=members, distances=distances)


def _clustered(points: np.ndarray, count: int, seed: int) -> np.ndarray:
    if count == 1:
        return np.zeros(len(points), dtype=np.int64)
    start = seeding.derive(seed, "k-means") % 2**32
    # One thread: the order of its sums, and so who is where, depends on the number of them.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different points than parts
        kmeans = KMeans(count, n_init=STARTS, random_state=start)
        return np.asarray(kmeans.fit_predict(points))


def _merged(points: np.ndarray, members: np.ndarray, least: float) -> np.ndarray:
    """Return the parts, the smallest merged into its nearest until all have ``least`` points."""
    members = _numbered(members)
    sizes = np.bincount(members)
    while sizes.min() < least and len(sizes) > 1:
        smallest = int(sizes.argmin())
        centres = _centres(points, members)
        away = np.square(centres - centres[smallest]).sum(axis=1)
        away[smallest] = np.inf
        members = _numbered(np.where(members == smallest, away.argmin(), members))
        sizes = np.bincount(members)
    return members


def _centres(points: np.ndarray, members: np.ndarray) -> np.ndarray:
    return np.array([points[members == part].mean(axis=0) for part in range(members.max() + 1)])


def _numbered(members: np.ndarray) -> np.ndarray:
    """Return the same parts, numbered in the order of their first points."""
    _, first, parts = np.unique(members, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[parts])


def numbered_groups(members: np.ndarray) -> Groups:
    """Return groups called by their number, from 1.

    Raises
    ------
    InputError
        When there is one group only: no subset of groups could tell anything.
    """
    count = int(members.max()) + 1
    if count < 2:
        raise InputError(
            "all training examples fall into one group: their coordinates are all but equal. Make "
            "groups another way, or ask for fewer."
        )
    return Groups(names=tuple(f"group {index + 1}" for index in range(count)), members=members)
