"""Table transformations: set, shift, permute or drop a column.

A column is named; `bind` finds its position in the data. Strength on a numeric column blends from
the old value (0) to the new one (1); on a categorical one it is the share of rows changed.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from traindiff.datasets import Dataset, Modality
from traindiff.errors import InputError, one_of
from traindiff.seeding import stream
from traindiff.transforms.parameters import Number, Position, Scalar, Seed, Text, within

__all__ = ["CHANGES", "DropColumn", "PermuteColumn", "SetColumn", "ShiftColumn"]


@dataclass(frozen=True, kw_only=True)
class SetColumn:
    """Give a column the same value in every row (a number, or a category's name).

    The placebo sets it to the value of a random row.
    """

    kind: ClassVar[str] = "set"
    modality: ClassVar[Modality] = "table"
    column: Text
    value: Scalar
    index: Position | None = None
    code: float | None = None
    categorical: bool | None = None
    seed: Seed = 0

    def bind(self, data: Dataset) -> "SetColumn":
        """Return the transformation with its column and value found in ``data``."""
        index, names = find_column(self.kind, self.column, data)
        code = _code(self, names)
        return replace(self, index=index, code=code, categorical=names is not None)

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return rows with the column set."""
        index = bound(self.kind, self.index, inputs)
        new = np.full(len(inputs), self.code, dtype=inputs.dtype)
        return mixed(inputs, index, new, strength, bool(self.categorical), self.seed)

    def placebo(self, data: Dataset, seed: int) -> "SetColumn":
        """Return the same column set to a random row's value."""
        index = bound(self.kind, self.index, data.inputs)
        code = float(data.inputs[stream(seed, "placebo").integers(len(data)), index])
        names = data.categories[index]
        return replace(self, code=code, value=code if names is None else names[int(code)])

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        value = self.value if isinstance(self.value, str) else f"{self.value:.4g}"
        return f"{self.column} set to {value}{share(strength)}"


@dataclass(frozen=True, kw_only=True)
class PermuteColumn:
    """Shuffle a column over the rows: its values stay typical but tell nothing.

    The placebo shuffles a random other column.
    """

    kind: ClassVar[str] = "permute"
    modality: ClassVar[Modality] = "table"
    column: Text
    index: Position | None = None
    categorical: bool | None = None
    seed: Seed = 0

    def bind(self, data: Dataset) -> "PermuteColumn":
        """Return the transformation with its column found in ``data``."""
        index, names = find_column(self.kind, self.column, data)
        return replace(self, index=index, categorical=names is not None)

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return rows with the column shuffled."""
        index = bound(self.kind, self.index, inputs)
        order = stream(self.seed, "permute").permutation(len(inputs))
        new = inputs[order, index]
        return mixed(inputs, index, new, strength, bool(self.categorical), self.seed)

    def placebo(self, data: Dataset, seed: int) -> "PermuteColumn":
        """Return the shuffle of another column (of the same one, where it is the only one)."""
        return replace(self, column=_other(self.column, data, seed), seed=seed).bind(data)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"{self.column} shuffled over the rows{share(strength)}"


@dataclass(frozen=True, kw_only=True)
class ShiftColumn:
    """Add ``by``, in the column's own units, to a numeric column.

    ``strength`` multiplies it. The placebo shifts a random numeric column by as many of that
    column's standard deviations.
    """

    kind: ClassVar[str] = "shift_column"
    modality: ClassVar[Modality] = "table"
    column: Text
    by: Annotated[Number, within(-1e300, 1e300)]
    index: Position | None = None

    def bind(self, data: Dataset) -> "ShiftColumn":
        """Return the transformation with its column found in ``data``."""
        index, names = find_column(self.kind, self.column, data)
        if names is not None:
            raise InputError(
                f"{self.kind}: column {self.column!r} is categorical and can't be shifted; "
                "use set or permute."
            )
        return replace(self, index=index)

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return rows with the column shifted."""
        changed = inputs.copy()
        changed[:, bound(self.kind, self.index, inputs)] += strength * self.by
        return changed

    def placebo(self, data: Dataset, seed: int) -> "ShiftColumn":
        """Return the shift, by as many standard deviations, of a random numeric column."""
        spread = data.inputs.std(axis=0)
        numeric = [i for i, names in enumerate(data.categories) if names is None and spread[i] > 0]
        own = bound(self.kind, self.index, data.inputs)
        if own not in numeric:
            return self
        index = int(stream(seed, "placebo").choice(numeric))
        by = self.by * spread[index] / spread[own]
        return replace(self, column=data.columns[index], index=index, by=by)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"{self.column} shifted by {strength * self.by:+.4g}"


@dataclass(frozen=True, kw_only=True)
class DropColumn:
    """Make a column tell nothing: its mean, or its commonest category, in every row.

    The placebo drops a random other column.
    """

    kind: ClassVar[str] = "drop"
    modality: ClassVar[Modality] = "table"
    column: Text
    index: Position | None = None
    code: float | None = None
    categorical: bool | None = None
    seed: Seed = 0

    def bind(self, data: Dataset) -> "DropColumn":
        """Return the transformation with its column and usual value found in ``data``."""
        index, names = find_column(self.kind, self.column, data)
        values = data.inputs[:, index]
        usual = values.mean() if names is None else np.bincount(values.astype(int)).argmax()
        code = float(usual) if self.code is None else self.code
        return replace(self, index=index, code=code, categorical=names is not None)

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return rows with the column at its usual value."""
        index = bound(self.kind, self.index, inputs)
        new = np.full(len(inputs), self.code, dtype=inputs.dtype)
        return mixed(inputs, index, new, strength, bool(self.categorical), self.seed)

    def placebo(self, data: Dataset, seed: int) -> "DropColumn":
        """Return the drop of another column (of the same one, where it is the only one)."""
        return replace(self, column=_other(self.column, data, seed), code=None).bind(data)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"{self.column} dropped{share(strength)}"


def find_column(kind: str, column: str, data: Dataset) -> tuple[int, tuple[str, ...] | None]:
    """Return a column's position and the names of its categories (None: numeric).

    Raises
    ------
    InputError
        When ``data`` is no table or has no such column.
    """
    if data.modality != "table":
        raise InputError(
            f"{kind} changes a table's column, but {data.name} holds {data.modality}s."
        )
    index = data.columns.index(one_of("column", column, data.columns, data.name))
    return index, data.categories[index]


def bound(kind: str, index: int | None, inputs: np.ndarray) -> int:
    """Return the column's position, or say that it is not known."""
    if index is None or index >= inputs.shape[1]:
        raise InputError(f"{kind}: bind the transformation to the table first: bind(data).")
    return index


def mixed(
    inputs: np.ndarray, index: int, new: np.ndarray, strength: float, by_row: bool, seed: int
) -> np.ndarray:
    """Return rows whose column moves to ``new``: partly in each row, or fully in some rows."""
    changed = inputs.copy()
    old = inputs[:, index]
    if by_row:
        weight = (stream(seed, "rows").random(len(inputs)) < strength).astype(inputs.dtype)
    else:
        weight = np.full(len(inputs), strength, dtype=inputs.dtype)
    changed[:, index] = old + weight * (new - old)
    return changed


def share(strength: float) -> str:
    """Return how much of the full change is made, for people."""
    return "" if strength == 1 else f" ({strength:.0%})"


def _other(column: str, data: Dataset, seed: int) -> str:
    others = [name for name in data.columns if name != column] or [column]
    return others[stream(seed, "placebo").integers(len(others))]


def _code(change: SetColumn, names: tuple[str, ...] | None) -> float:
    if names is None:
        if isinstance(change.value, str):
            raise InputError(
                f"set: column {change.column!r} is numeric; value must be a number, "
                f"found {change.value!r}."
            )
        return float(change.value)
    name = one_of("category", str(change.value), names, f"column {change.column!r}")
    return float(names.index(name))


CHANGES = (DropColumn, PermuteColumn, SetColumn, ShiftColumn)
"""Every kind for tables."""
