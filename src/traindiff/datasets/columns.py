"""A table's columns as numbers, and the names of their categories."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from traindiff.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["classes", "encoded_columns", "first"]

Categories = tuple[str, ...] | None


def classes(values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the sorted distinct ``values`` as class names, and each value's class index."""
    distinct, indices = np.unique(values, return_inverse=True)
    return tuple(str(value) for value in distinct), indices.astype(np.int64)


def encoded_columns(
    where: str, frame: "pd.DataFrame", categorical: Sequence[str] = ()
) -> tuple[np.ndarray, tuple[Categories, ...]]:
    """Return a frame's numbers [examples, columns], and each column's categories unless numeric.

    Parameters
    ----------
    where : str
        What a message calls the frame.
    frame : pandas.DataFrame
    categorical : sequence of str
        Columns of numbers that are names, not amounts. A column of text is categorical anyway;
        listed here, it may also have another value in every row.

    Raises
    ------
    InputError
        When a column holds neither numbers nor text, or empty cells, or text that differs in every
        row.
    """
    encoded = [
        _encoded(f"{where}: column {str(name)!r}", frame.iloc[:, place], named=name in categorical)
        for place, name in enumerate(frame.columns)
    ]
    if not encoded:
        return np.empty((len(frame), 0)), ()
    return np.column_stack([values for values, _ in encoded]), tuple(names for _, names in encoded)


def first(column: "pd.Series[Any]") -> Any:
    """Return the first value, as Python writes it."""
    return column.head(1).tolist()[0]


def _encoded(where: str, column: "pd.Series[Any]", *, named: bool) -> tuple[np.ndarray, Categories]:
    if empty := column.isna().sum():
        raise InputError(f"{where} has {empty} empty cells; fill them, or drop those rows.")
    numeric = column.dtype.kind in "biuf"
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
    # Here there is a column, so pandas is imported; who brings arrays need not wait for it.
    from pandas.api.types import infer_dtype

    kind = infer_dtype(column)
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
