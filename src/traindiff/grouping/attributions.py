"""Groups from attributions: examples that do the same to the same targets (METHOD §8)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.grouping.base import Proposal
from traindiff.grouping.coordinates import Coordinates
from traindiff.grouping.counts import check_count
from traindiff.grouping.fits import fitted_differently
from traindiff.grouping.partition import numbered_groups, partition
from traindiff.identity import fingerprint_array
from traindiff.pair import Pair

__all__ = ["FromAttributions"]


@dataclass(frozen=True, kw_only=True, eq=False)
class FromAttributions:
    """Groups from the scores of a few checkpoints a side.

    Parameters
    ----------
    scores : Pair of arrays, shape [checkpoints, targets, train]
        Such as `traindiff.attribute` returns: positive where an example raises the output of a
        target. Of checkpoints that are not among the models to be compared.
    fits : Pair of arrays, shape [checkpoints, train], optional
        What the same checkpoints say of the training examples: higher = more confident in the right
        answer. Examples that one side alone fits are then apart from the others.
    coordinates : Coordinates

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shared, own = rng.normal(size=(2, 6, 40))
    >>> own[:, 8:] = 0  # A alone uses the first 8 examples
    >>> def checkpoints(mean):
    ...     return mean + 0.3 * rng.normal(size=(5, 6, 40))
    >>> scores = Pair(checkpoints(shared + 3 * own), checkpoints(shared))
    >>> train = Dataset(
    ...     name="made",
    ...     modality="table",
    ...     inputs=rng.normal(size=(40, 1)),
    ...     labels=np.zeros(40, int),
    ...     class_names=("no", "yes"),
    ...     ids=tuple(f"{i}" for i in range(40)),
    ...     columns=("x",),
    ... )
    >>> proposal = FromAttributions(scores=scores).propose(train, count=10, seed=0)
    >>> len(proposal.groups) <= 10, int(proposal.sizes.sum())
    (True, 40)
    """

    scores: Pair[np.ndarray]
    fits: Pair[np.ndarray] | None = None
    coordinates: Coordinates = field(default_factory=Coordinates)

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the groups, as JSON-like values."""
        scores, fits = (
            None if given is None else dict(given.map(fingerprint_array).items())
            for given in (self.scores, self.fits)
        )
        return {"kind": "attributions", "scores": scores, "fits": fits, **vars(self.coordinates)}

    def propose(self, train: Dataset, *, count: int, seed: int) -> Proposal:
        """Return the groups, whose members influence orders.

        Raises
        ------
        InputError
            When scores or fits are not of ``train``, say nothing (see `Coordinates.points`), or
            there are fewer than 2 groups in them.
        """
        check_count(count, len(train))
        points, influence = self.coordinates.points(self.scores)
        if len(points) != len(train):
            raise InputError(
                f"scores are of {len(points)} training examples, the data has {len(train)}: are "
                "they of another split?"
            )
        if self.fits is not None:
            points = np.column_stack([points, self._standouts(len(train))])
        found = partition(points, count, seed)
        a, b = self.scores.map(len)
        how = f"by attributions of {a} checkpoints of A and {b} of B"
        groups = numbered_groups(found.members)
        return Proposal(groups=groups, how=how, distances=found.distances, influence=influence)

    def _standouts(self, n_train: int) -> np.ndarray:
        assert self.fits is not None
        found = fitted_differently(self.fits)
        if len(found) != n_train:
            raise InputError(
                f"fits are of {len(found)} training examples, the data has {n_train}: are they of "
                "another split?"
            )
        return found
