"""Read CSV and Parquet files, and tell what is wrong with their columns."""

import gzip
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow

from traindiff.datasets.columns import first
from traindiff.errors import InputError, one_of, unknown

__all__ = [
    "Missing",
    "check_columns",
    "metadata_of",
    "read_frame",
    "with_ids",
    "without_missing",
]

LONGEST_ROW = 1_000_000
_EMPTY = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "None", "<NA>"]
Missing = Literal["error", "drop"]


def read_frame(path: str | Path, *, texts: Sequence[str] = ()) -> pd.DataFrame:
    """Return the rows of a .csv, .tsv or .parquet file, the first two also gzipped.

    A CSV file's separator is the one of comma, semicolon, tab and bar that its first row has most
    of.

    Parameters
    ----------
    path : path
    texts : sequence of str
        Columns of a CSV to be read to the letter: there, "NA" is no empty cell, nor "1" a number.

    Raises
    ------
    InputError
        When there is no such file, it can't be read, holds no row, or names a column twice.
    """
    path = Path(path).expanduser()
    kind = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    if kind.lower() not in _READERS:
        raise InputError(
            f"{path}: expected a file ending in one of {[*_READERS]}, found {path.suffix!r}."
        )
    if not path.is_file():
        raise InputError(f"{path}: no such file; relative paths start at {Path.cwd()}.")
    try:
        with warnings.catch_warnings():
            # pandas only warns when rows are longer than the header, then cuts them.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = _READERS[kind.lower()](path, texts)
    except (ValueError, OSError, pyarrow.ArrowException, pd.errors.ParserWarning) as error:
        raise InputError(f"{path} can't be read: {error}") from error
    frame.columns = frame.columns.map(str)
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise InputError(f"{path}: column {twice!r} appears twice; rename one.")
    if frame.empty:
        raise InputError(f"{path} has no rows.")
    return frame


def _separator(path: Path) -> str:
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as file:
        first_row = file.readline(LONGEST_ROW)
    return max(",;\t|", key=lambda each: first_row.count(each.encode()))


def _read_csv(path: Path, texts: Sequence[str], separator: str | None = None) -> pd.DataFrame:
    separator = separator or _separator(path)
    # pandas renames repeated columns without a word, so the header is read as a row of its own.
    header = pd.read_csv(
        path, sep=separator, header=None, nrows=1, dtype=str, keep_default_na=False
    )
    names = header.iloc[0].tolist()
    if "" in names:
        raise InputError(f"{path}: column {names.index('') + 1} has no name in the first row.")
    return pd.read_csv(
        path,
        sep=separator,
        header=0,
        names=[*map(str, range(len(names)))],
        index_col=False,
        low_memory=False,
        keep_default_na=False,
        na_values={str(i): [""] if name in texts else _EMPTY for i, name in enumerate(names)},
    ).set_axis(names, axis=1)


def _read_tsv(path: Path, texts: Sequence[str]) -> pd.DataFrame:
    return _read_csv(path, texts, "\t")


def _read_parquet(path: Path, texts: Sequence[str]) -> pd.DataFrame:
    return pd.read_parquet(path)


_READERS: dict[str, Callable[[Path, Sequence[str]], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".parquet": _read_parquet,
}


def check_columns(
    path: str | Path, frame: pd.DataFrame, roles: Mapping[str, Iterable[str]]
) -> None:
    """Check that every column exists and plays one role only.

    Parameters
    ----------
    roles : mapping
        Column names by the argument that names them.

    Raises
    ------
    InputError
        Naming the column, and the nearest one that exists.
    """
    role_of: dict[str, str] = {}
    for role, names in roles.items():
        for name in names:
            if name not in frame.columns:
                raise InputError(f"{role}: {unknown('column', name, frame.columns, str(path))}")
            if name in role_of:
                raise InputError(f"{path}: column {name!r} is named by {role_of[name]} and {role}.")
            role_of[name] = role


def with_ids(path: str | Path, frame: pd.DataFrame, column: str | None) -> pd.DataFrame:
    """Return the frame indexed by the example's id: that column's text, or the row's number.

    Rows are numbered from 0, before any is dropped.

    Raises
    ------
    InputError
        When an id is missing or appears twice.
    """
    if column is None:
        return frame.set_axis(pd.RangeIndex(len(frame)).map(str))
    ids = frame[column]
    if ids.isna().any():
        raise InputError(f"{path}: id column {column!r} has {ids.isna().sum()} empty cells.")
    if ids.duplicated().any():
        twice = first(ids[ids.duplicated()])
        raise InputError(
            f"{path}: id {twice!r} in column {column!r} appears {(ids == twice).sum()} times; "
            "each example needs its own."
        )
    return frame.set_axis(ids.map(str)).drop(columns=column)


def without_missing(
    path: str | Path, frame: pd.DataFrame, used: list[str], missing: Missing
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows in which no ``used`` column is empty, and a note on how many were not.

    Raises
    ------
    InputError
        When a column is wholly empty, or has empty cells and ``missing`` is "error", or no row
        remains.
    """
    one_of("value of missing", missing, get_args(Missing), "it takes")
    empty = frame[used].isna()
    counts = empty.sum()
    if (wholly := counts[counts == len(frame)]).size:
        raise InputError(f"{path}: column {wholly.index[0]!r} is empty in every row; drop it.")
    rows = empty.any(axis=1)
    if not rows.any():
        return frame, ()
    found = ", ".join(f"{count} in {name!r}" for name, count in counts[counts > 0].items())
    if missing == "error":
        raise InputError(
            f"{path}: empty cells (blank, NA, null, ...): {found}; first in row "
            f"{rows.index[rows][0]}. Fill them, drop those columns, or set missing = 'drop' to "
            f"leave out {rows.sum()} of {len(frame)} rows."
        )
    if rows.all():
        raise InputError(f"{path}: every row has an empty cell ({found}); drop columns instead.")
    note = f"{rows.sum()} of {len(frame)} rows left out because of empty cells: {found}."
    return frame[~rows], (note,)


def metadata_of(frame: pd.DataFrame, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Return columns kept aside: numbers where all are, else text with "" for empty cells."""
    return {name: _metadata(frame[name]) for name in names}


def _metadata(column: "pd.Series[Any]") -> np.ndarray:
    if pd.api.types.is_numeric_dtype(column) and not column.isna().any():
        return column.to_numpy()
    return column.astype(object).where(column.notna(), "").map(str).to_numpy(dtype=str)
