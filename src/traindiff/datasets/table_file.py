"""A table in a CSV or Parquet file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from traindiff.datasets.arrays import classes
from traindiff.datasets.base import Dataset
from traindiff.datasets.frames import (
    Missing,
    check_columns,
    first,
    metadata_of,
    read_frame,
    with_ids,
    without_missing,
)
from traindiff.datasets.labels import Task, labels_of
from traindiff.errors import InputError

__all__ = ["table_file"]


def table_file(
    path: str | Path,
    *,
    label: str,
    task: Task = "classification",
    drop: Sequence[str] = (),
    metadata: Sequence[str] = (),
    id: str | None = None,  # noqa: A002  the word people write in a study file
    categorical: Sequence[str] = (),
    missing: Missing = "error",
) -> Dataset:
    """Return the table in a .csv, .tsv or .parquet file, a row an example.

    Parameters
    ----------
    path : path
    label : str
        The column to predict.
    task : {"classification", "regression"}
    drop : sequence of str
        Columns to ignore.
    metadata : sequence of str
        Columns kept aside: never trained on, but they may explain a subpopulation or group a
        split. Empty cells there become "".
    id : str, optional
        The column that names each example; by default the row's number, from "0".
    categorical : sequence of str
        Columns of numbers that are names, not amounts (area codes, say). A column of text is
        categorical anyway; listed here, it may also have another value in every row.
    missing : {"error", "drop"}
        What to do with rows in which a column that is used is empty. Dropped rows are counted in
        `Dataset.notes`.

    Raises
    ------
    InputError
        When the file can't be read, or a column is unknown, unusable or named twice.
    """
    frame = read_frame(path)
    roles = {"label": [label], "drop": drop, "metadata": metadata, "id": [id] if id else []}
    check_columns(path, frame, roles)
    aside = {name for names in roles.values() for name in names}
    columns = [name for name in frame.columns if name not in aside]
    check_columns(path, frame[columns], {"categorical": categorical})
    if not columns:
        raise InputError(f"{path}: no column is left to train on besides {sorted(aside)}.")
    frame, notes = without_missing(path, with_ids(path, frame, id), [label, *columns], missing)
    labels, class_names = labels_of(path, frame, label, task)
    encoded = [
        _encoded(f"{path}: column {name!r}", frame[name], named=name in categorical)
        for name in columns
    ]
    return Dataset(
        name=Path(path).stem,
        modality="table",
        inputs=np.column_stack([values for values, _ in encoded]),
        labels=labels,
        class_names=class_names,
        ids=tuple(frame.index),
        columns=tuple(columns),
        categories=tuple(names for _, names in encoded),
        metadata=metadata_of(frame, metadata),
        notes=notes,
    )


def _encoded(
    where: str, column: "pd.Series[Any]", *, named: bool
) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Return a column's numbers, and the names of its categories unless it is numeric."""
    numeric = pd.api.types.is_numeric_dtype(column)
    if numeric and not named:
        return _amounts(where, column), None
    if not numeric:
        _check_text(where, column, named=named)
    names, indices = classes(column.to_numpy() if numeric else column.astype(str).to_numpy(str))
    return indices.astype(np.float64), names


def _amounts(where: str, column: "pd.Series[Any]") -> np.ndarray:
    values = column.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        raise InputError(f"{where} holds infinite values; replace them or drop the column.")
    return values


def _check_text(where: str, column: "pd.Series[Any]", *, named: bool) -> None:
    kind = pd.api.types.infer_dtype(column)
    if kind not in {"string", "boolean", "categorical"}:
        raise InputError(
            f"{where} holds {kind} values such as {first(column)!r}; make numbers or text of "
            "them, drop the column, or keep it as metadata."
        )
    if column.is_unique and not named:
        raise InputError(
            f"{where} holds text that differs in every row, such as {first(column)!r}: nothing "
            "can be learned from it. Name it as id, metadata or drop; or list it as categorical "
            "if it is meant."
        )
