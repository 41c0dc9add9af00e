"""A table in a CSV or Parquet file."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from traindiff.datasets.base import Dataset
from traindiff.datasets.columns import encoded_columns, first
from traindiff.datasets.frames import (
    Missing,
    check_columns,
    metadata_of,
    read_frame,
    with_ids,
    without_missing,
)
from traindiff.datasets.labels import Task, labels_of
from traindiff.errors import InputError

__all__ = ["table_file"]

MOSTLY = 0.5  # share of cells that are no numbers from which on a column is one of texts


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
        When the file can't be read, a column is unknown, unusable or named twice, or most of its
        cells are numbers, but not all.
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
    _check_numbers(path, frame[[name for name in columns if name not in categorical]])
    labels, class_names = labels_of(path, frame, label, task)
    inputs, categories = encoded_columns(str(path), frame[columns], categorical)
    return Dataset(
        name=Path(path).stem,
        modality="table",
        inputs=inputs,
        labels=labels,
        class_names=class_names,
        ids=tuple(frame.index),
        columns=tuple(columns),
        categories=categories,
        metadata=metadata_of(frame, metadata),
        notes=notes,
    )


def _check_numbers(path: str | Path, frame: pd.DataFrame) -> None:
    """Refuse a column that is text because of a few cells: it would become categories unnoticed."""
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name]):
            continue
        odd = pd.to_numeric(frame[name].map(str), errors="coerce").isna()
        if odd.any() and odd.mean() < MOSTLY:
            raise InputError(
                f"{path}: {len(odd) - odd.sum()} of {len(odd)} cells of column {name!r} are "
                f"numbers; not {first(frame[name][odd])!r} in row {odd.idxmax()}. Mend or empty "
                "such cells; or list the column in categorical, if its numbers are names."
            )
