"""What an estimator sees of a dataset's inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer

from traindiff.algorithms.sklearn.seeds import parts
from traindiff.datasets import Dataset
from traindiff.errors import InputError, unknown

__all__ = ["Features"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Turns inputs [examples, ...] into what `fit` and `predict` get.

    Texts stay as they are; images become rows; a table keeps the columns that are asked for, as
    numbers, or as a frame with names and categories for an estimator that selects by name.

    Parameters
    ----------
    kept : int array or None
        Columns of a table; None where all are.
    columns : tuple of str
        Their names.
    categories : tuple
        Of each column its categories, or None.
    framed : bool
    """

    kept: np.ndarray | None
    columns: tuple[str, ...]
    categories: tuple[tuple[str, ...] | None, ...]
    framed: bool

    @classmethod
    def of(cls, data: Dataset, estimator: Any, without: Sequence[str]) -> Self:
        """Return what ``estimator`` sees of ``data``, ``without`` some columns.

        Raises
        ------
        InputError
            When there is no such column.
        """
        for name in without:
            if name not in data.columns:
                raise InputError(f"without: {unknown('column', name, data.columns, data.name)}")
        kept = [place for place, name in enumerate(data.columns) if name not in without]
        if without and not kept:
            raise InputError(f"without: no column of {data.name} is left.")
        categories = data.categories or (None,) * len(data.columns)
        return cls(
            kept=np.array(kept) if without else None,
            columns=tuple(data.columns[place] for place in kept),
            categories=tuple(categories[place] for place in kept),
            framed=data.modality == "table" and _selects_by_name(estimator),
        )

    def __call__(self, inputs: np.ndarray) -> Any:
        """Return features of ``inputs``, an array or a frame with a row an example."""
        rows = inputs if inputs.ndim == 1 else inputs.reshape(len(inputs), -1)
        rows = rows if self.kept is None else rows[:, self.kept]
        return self._frame(rows) if self.framed else rows

    def _frame(self, rows: np.ndarray) -> pd.DataFrame:
        named = zip(self.columns, self.categories, rows.T, strict=True)
        return pd.DataFrame(
            {
                name: column
                if categories is None
                else pd.Categorical.from_codes(column.astype(int), categories=pd.Index(categories))
                for name, categories, column in named
            }
        )


def _selects_by_name(estimator: Any) -> bool:
    """Tell whether a ColumnTransformer in it names columns, or asks for their types."""
    return any(
        callable(columns) or isinstance(_first(columns), str)
        for _, part in parts(estimator)
        if isinstance(part, ColumnTransformer)
        for _, _, columns in part.transformers
    )


def _first(columns: Any) -> Any:
    return columns[0] if isinstance(columns, list | tuple) and columns else columns
