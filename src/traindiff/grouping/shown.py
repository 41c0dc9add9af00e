"""What is shown of proposed groups: how large, who is typical, what holds each together."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from traindiff.comparison.directions.enrichment import Enrichment, enrich
from traindiff.datasets import Dataset
from traindiff.grouping.base import Proposal

__all__ = ["GroupShown", "shown"]

TYPICAL = 5
TRAITS = 3


@dataclass(frozen=True, kw_only=True)
class GroupShown:
    """One group, as plain data.

    Parameters
    ----------
    name : str
    size : int
        Number of examples.
    exemplars : tuple of str
        Ids of the members nearest its centre.
    traits : tuple of Enrichment
        What sets it apart from all other examples, the surest first; q-values over all that was
        looked at of this group.
    """

    name: str
    size: int
    exemplars: tuple[str, ...]
    traits: tuple[Enrichment, ...]

    def document(self) -> dict[str, Any]:
        """Return the same as JSON-like values."""
        return asdict(self)


def shown(train: Dataset, proposal: Proposal) -> tuple[GroupShown, ...]:
    """Return what is shown of every group.

    Raises
    ------
    InputError
        When the groups are not of ``train``.
    """
    proposal.groups.check(len(train))
    properties = _properties(train)
    return tuple(
        GroupShown(
            name=name,
            size=int(proposal.sizes[index]),
            exemplars=tuple(train.ids[row] for row in proposal.central(index, TYPICAL)),
            traits=enrich(properties, np.flatnonzero(proposal.groups.members == index))[:TRAITS],
        )
        for index, name in enumerate(proposal.groups.names)
    )


def _properties(train: Dataset) -> dict[str, np.ndarray]:
    """Return labels, metadata and a table's columns by name; categories as words."""
    columns = {
        name: values if known is None else np.asarray(known, dtype=object)[values.astype(int)]
        for name, values, known in zip(
            train.columns, train.inputs.T if train.columns else (), train.categories, strict=True
        )
    }
    return {**columns, "label": _labels(train), **train.metadata}


def _labels(train: Dataset) -> np.ndarray:
    if train.class_names is None:
        return train.labels
    names = np.asarray(train.class_names, dtype=object)
    return np.asarray(names[train.labels])
