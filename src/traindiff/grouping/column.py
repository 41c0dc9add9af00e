"""Groups that a column of the data names: sources, families, shards."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from traindiff.datasets import Dataset
from traindiff.datasets.groups import groups_of
from traindiff.errors import InputError
from traindiff.grouping.base import Proposal

__all__ = ["FromColumn"]

FEWEST_EXAMPLES = 2


@dataclass(frozen=True, kw_only=True)
class FromColumn:
    """Examples of one value of a column are one group, however many values there are.

    Parameters
    ----------
    column : str
        Of the metadata, or of a table.
    """

    column: str

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the groups, as JSON-like values."""
        return {"kind": "column", "column": self.column}

    def propose(self, train: Dataset, *, count: int, seed: int) -> Proposal:
        """Return the groups; values are never merged, so that ``count`` does not matter.

        Raises
        ------
        InputError
            When there is no such column, all its values are equal or nearly all differ.
        """
        groups = groups_of(train, self.column)
        if len(groups) * FEWEST_EXAMPLES > len(train):
            raise InputError(
                f"column {self.column!r} has {len(groups)} values in {len(train)} training "
                "examples: groups of one gain nothing. Name a column whose values repeat, or make "
                "groups from inputs."
            )
        how = f"one group for each of the {len(groups)} values of {self.column!r}"
        return Proposal(groups=groups, how=how, distances=np.zeros(len(train)))
