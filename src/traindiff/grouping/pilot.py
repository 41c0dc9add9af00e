"""Groups from a pilot: a few models on random subsets, for algorithms without gradients."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from traindiff.datamodels import difference_weights
from traindiff.datasets import Dataset
from traindiff.errors import InputError, at_least
from traindiff.grouping.base import Proposal
from traindiff.grouping.coordinates import Coordinates
from traindiff.grouping.counts import check_count
from traindiff.grouping.partition import numbered_groups, partition
from traindiff.identity import fingerprint_array
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = ["FromPilot"]

PARTS = 4
"""Disjoint parts of the pilot, whose difference datamodels vary by noise alone."""
FEWEST_MODELS = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class FromPilot:
    """Groups from difference datamodels of a pilot (METHOD §2) in place of attributions.

    Their noise is large, that of Cov(Y)/(m α(1−α)) an example: where attributions or inputs can
    make groups, those are better.

    Parameters
    ----------
    outputs : Pair of Outputs
        Of models trained on random subsets of single examples; not among those to be compared.
    coordinates : Coordinates
    """

    outputs: Pair[Outputs]
    coordinates: Coordinates = field(default_factory=Coordinates)

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the groups, as JSON-like values."""
        known = {
            name: [fingerprint_array(side.masks), fingerprint_array(side.values)]
            for name, side in self.outputs.items()
        }
        return {"kind": "pilot", "outputs": known, **vars(self.coordinates)}

    def propose(self, train: Dataset, *, count: int, seed: int) -> Proposal:
        """Return the groups, whose members the pilot's datamodels order.

        Raises
        ------
        InputError
            When there are fewer than 40 models a side, or they are not of ``train``.
        """
        check_count(count, len(train))
        for name, side in self.outputs.items():
            at_least(f"{name}'s pilot models", side.n_models, FEWEST_MODELS)
            if side.n_train != len(train):
                raise InputError(
                    f"{name}'s pilot is of {side.n_train} training examples, the data has "
                    f"{len(train)}: is it of another split?"
                )
        points, influence = self.coordinates.points(self.outputs.map(_datamodels))
        found = partition(points, count, seed)
        a, b = self.outputs.map(lambda side: side.n_models)
        return Proposal(
            groups=numbered_groups(found.members),
            how=f"by datamodels of a pilot of {a} models of A and {b} of B",
            distances=found.distances,
            influence=influence,
        )


def _datamodels(side: Outputs) -> np.ndarray:
    """Return the difference datamodels of each part of the models, [parts, targets, train]."""
    parts = np.array_split(np.arange(side.n_models), PARTS)
    return np.array([difference_weights(side.masks[rows], side.values[rows]) for rows in parts])
