"""Turn a column of a file into labels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from traindiff.datasets.columns import classes, first
from traindiff.errors import InputError, one_of

__all__ = ["Task", "labels_of"]

EXACT = 2**53 - 1  # the largest whole number whose neighbours a float still tells apart

Task = Literal["classification", "regression"]


def labels_of(
    path: str | Path, frame: pd.DataFrame, label: str, task: Task
) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Return the labels and, for classification, the names of their classes.

    Raises
    ------
    InputError
        When the column does not suit the task.
    """
    one_of("task", task, _TASKS, "the tasks are")
    return _TASKS[task](f"{path}: label {label!r}", frame[label])


def _class_labels(where: str, column: "pd.Series[Any]") -> tuple[np.ndarray, tuple[str, ...]]:
    if pd.api.types.is_float_dtype(column):
        # A column of integers with empty cells is read as floats.
        if (column % 1 != 0).any():
            raise InputError(
                f"{where} holds numbers such as {first(column[column % 1 != 0]):g}, not classes; "
                "set task = 'regression', or make classes of them."
            )
        if (column.abs() > EXACT).any():
            raise InputError(
                f"{where} holds {first(column[column.abs() > EXACT]):.17g}: beyond 2^53, whole "
                "numbers that differ become equal (a column with an empty cell is read so); write "
                "the classes as text, and fill or drop empty cells."
            )
        column = column.astype("int64")
    numeric = pd.api.types.is_numeric_dtype(column)
    names, labels = classes(column.to_numpy() if numeric else column.astype(str).to_numpy(str))
    counts = np.bincount(labels)
    if len(names) < 2:
        raise InputError(f"{where}: every row is of class {names[0]!r}; at least 2 are needed.")
    if counts.min() < 2:
        raise InputError(
            f"{where}: class {names[counts.argmin()]!r} has a single example; "
            "collect more, or merge or leave out that class."
        )
    return labels, names


def _regression_labels(where: str, column: "pd.Series[Any]") -> tuple[np.ndarray, None]:
    if not pd.api.types.is_numeric_dtype(column):
        raise InputError(
            f"{where} must hold numbers for regression, found {first(column)!r}; "
            "set task = 'classification', or name another column."
        )
    values = column.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        raise InputError(f"{where} holds infinite values; drop those rows.")
    if (values == values[0]).all():
        raise InputError(f"{where} is {values[0]:g} in every row: there is nothing to learn.")
    return values, None


_TASKS: dict[Task, Callable[..., tuple[np.ndarray, tuple[str, ...] | None]]] = {
    "classification": _class_labels,
    "regression": _regression_labels,
}
