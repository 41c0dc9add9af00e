"""Candidate changes of tables for one direction: the columns that set it apart."""

import numpy as np

from traindiff.comparison import Subpopulation
from traindiff.datasets import Dataset
from traindiff.transforms.tables import PermuteColumn, SetColumn

__all__ = ["table_changes"]

_COLUMNS = 100
"""Columns tried, those that set the training examples apart most."""


def table_changes(train: Dataset, group: Subpopulation) -> list[PermuteColumn | SetColumn]:
    """Return each telling column shuffled, and set to what it is at the direction's ends."""
    ends = [top for top in (group.positive_train, group.negative_train) if len(top)]
    found: list[PermuteColumn | SetColumn] = []
    for index in _telling(train, ends):
        column = train.columns[index]
        found.append(PermuteColumn(column=column))
        values = {_typical(train, index, top) for top in ends}
        found += [SetColumn(column=column, value=value) for value in sorted(values, key=str)]
    return [change.bind(train) for change in found]


def _telling(train: Dataset, ends: list[np.ndarray]) -> list[int]:
    """Return columns by how far an end's mean lies from the mean of all, in sd; varying ones."""
    spread = train.inputs.std(axis=0)
    distance = np.zeros(len(spread))
    for top in ends:
        gap = np.abs(train.inputs[top].mean(axis=0) - train.inputs.mean(axis=0))
        distance = np.maximum(distance, gap / np.where(spread > 0, spread, 1))
    order = np.argsort(-distance, kind="stable")
    return [int(index) for index in order if spread[index] > 0][:_COLUMNS]


def _typical(train: Dataset, index: int, top: np.ndarray) -> float | str:
    """Return the column's median, or its commonest category, among some examples."""
    values = train.inputs[top, index]
    names = train.categories[index]
    if names is None:
        return float(np.median(values))
    return names[int(np.bincount(values.astype(int)).argmax())]
