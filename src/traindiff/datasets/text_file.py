"""Labelled texts in a CSV or Parquet file."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from traindiff.datasets.base import Dataset
from traindiff.datasets.columns import first
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

__all__ = ["text_file"]


def text_file(
    path: str | Path,
    *,
    text: str,
    label: str,
    task: Task = "classification",
    metadata: Sequence[str] = (),
    id: str | None = None,  # noqa: A002  the word people write in a study file
    missing: Missing = "error",
) -> Dataset:
    """Return the texts in one column of a .csv, .tsv or .parquet file, a row an example.

    Parameters
    ----------
    path : path
    text, label : str
        The columns to read and to predict; all others are ignored.
    task : {"classification", "regression"}
    metadata : sequence of str
        Columns kept aside: never trained on, but they may explain a subpopulation or group a
        split. Empty cells there become "".
    id : str, optional
        The column that names each example; by default the row's number, from "0".
    missing : {"error", "drop"}
        What to do with rows whose text or label is empty or blank. Dropped rows are counted in
        `Dataset.notes`.

    Raises
    ------
    InputError
        When the file can't be read, or a column is unknown, unusable or named twice.
    """
    frame = read_frame(path, texts=[text])
    roles = {"text": [text], "label": [label], "metadata": metadata, "id": [id] if id else []}
    check_columns(path, frame, roles)
    words = frame[text].dropna().astype(object)
    if len(words) and pd.api.types.infer_dtype(words) != "string":
        raise InputError(f"{path}: column {text!r} must hold text, found {first(words)!r}.")
    frame[text] = words.where(words.map(str.strip) != "")
    frame, notes = without_missing(path, with_ids(path, frame, id), [text, label], missing)
    labels, class_names = labels_of(path, frame, label, task)
    return Dataset(
        name=Path(path).stem,
        modality="text",
        inputs=frame[text].to_numpy(dtype=object),
        labels=labels,
        class_names=class_names,
        ids=tuple(frame.index),
        metadata=metadata_of(frame, metadata),
        notes=notes,
    )
