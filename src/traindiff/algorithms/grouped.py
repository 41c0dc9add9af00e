"""An algorithm whose subsets take or leave whole groups of training examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from traindiff.algorithms.base import Algorithm, Ensemble, default_chunk
from traindiff.datasets import Dataset
from traindiff.datasets.groups import Groups
from traindiff.progress import Advance

__all__ = ["Grouped"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouped:
    """An algorithm as seen by stages whose train axis is groups.

    Those stages know one exemplar of each group (`traindiff.datasets.groups.exemplars`) and masks
    over groups; the algorithm trains on all examples of the groups that a mask takes.

    Parameters
    ----------
    algorithm : Algorithm
    examples : Dataset
        Every training example.
    groups : Groups
        Of those.

    Raises
    ------
    InputError
        When there is not one group an example.
    """

    algorithm: Algorithm
    examples: Dataset
    groups: Groups

    def __post_init__(self) -> None:
        """Refuse groups of other data."""
        self.groups.check(len(self.examples))

    @property
    def name(self) -> str:
        """What people call it."""
        return self.algorithm.name

    @property
    def chunk(self) -> int:
        """Models a task where nobody says."""
        return default_chunk(self.algorithm)

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the trained models, as JSON-like values."""
        grouped = {"examples": self.examples.fingerprint, "groups": self.groups.fingerprint}
        return {**self.algorithm.describe(), **grouped}

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if this algorithm can't learn from the examples."""
        self.algorithm.check(self.examples)

    def train(
        self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Advance
    ) -> Ensemble:
        """Train one model per row of ``masks`` [models, groups] (see `Algorithm.train`)."""
        return self.algorithm.train(self.examples, self.groups.expand(masks), seeds, advance)

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> Ensemble:
        """Return the ensemble whose `Ensemble.arrays` are given."""
        return self.algorithm.restore(self.examples, arrays)
