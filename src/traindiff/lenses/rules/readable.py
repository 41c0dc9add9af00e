"""Features of inputs that a person can read in a rule, and a region of them in words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from traindiff.errors import InputError
from traindiff.lenses.base import Questions
from traindiff.lenses.rules.regions import Region

__all__ = ["Readable", "readable"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Readable:
    """Features by name.

    Parameters
    ----------
    values : float array, shape [inputs, features]
    names : tuple of str
    categories : tuple
        For each feature, the names of its categories, or None where it is numeric.
    """

    values: np.ndarray
    names: tuple[str, ...]
    categories: tuple[tuple[str, ...] | None, ...]

    def conditions(self, region: Region) -> tuple[str, ...]:
        """Return a region in words, one condition a feature."""
        return tuple(self._condition(*each) for each in region.ranges.items()) or ("always",)

    def _condition(self, feature: int, ends: tuple[float, float]) -> str:
        name, categories, (low, high) = self.names[feature], self.categories[feature], ends
        if categories is not None:
            chosen = [each for i, each in enumerate(categories) if low <= i < high]
            return f"{name} is {' or '.join(chosen)}"
        if np.isinf(low):
            return f"{name} < {high:.4g}"
        return f"{name} ≥ {low:.4g}" if np.isinf(high) else f"{low:.4g} ≤ {name} < {high:.4g}"


def readable(questions: Questions, described: Mapping[str, np.ndarray] | None) -> Readable:
    """Return the features of the inputs: those described, or a table's columns.

    Raises
    ------
    InputError
        When the inputs are no table and nothing describes them, or a number is missing.
    """
    if described is not None:
        return _described(described, questions)
    inputs = questions.inputs
    if inputs is None or inputs.ndim != 2 or inputs.dtype.kind not in "fiub":
        raise InputError(
            "rules speaks of columns that a person can read: give a table [inputs, columns], or "
            "DecisionRules(described={name: values}), one value an input, for pictures and texts."
        )
    width = inputs.shape[1]
    return _checked(
        Readable(
            values=inputs.astype(np.float64),
            names=questions.columns or tuple(f"column {i}" for i in range(width)),
            categories=questions.categories or (None,) * width,
        )
    )


def _described(described: Mapping[str, np.ndarray], questions: Questions) -> Readable:
    columns, categories = [], []
    for each in map(np.asarray, described.values()):
        numeric = each.dtype.kind in "fiub"
        names, codes = (None, each) if numeric else np.unique(each.astype(str), return_inverse=True)
        columns.append(codes.astype(np.float64))
        categories.append(None if names is None else tuple(names.tolist()))
    lengths = {len(each) for each in columns}
    if len(lengths) != 1:
        raise InputError(f"described must have a value for each input, found {sorted(lengths)}.")
    return _checked(
        Readable(
            values=np.stack(columns, axis=1),
            names=tuple(described),
            categories=tuple(categories),
        )
    )


def _checked(found: Readable) -> Readable:
    if not np.isfinite(found.values).all():
        _, feature = np.argwhere(~np.isfinite(found.values))[0]
        raise InputError(
            f"column {found.names[feature]!r} holds NaN or infinity, which no rule can place: fill "
            "in what is missing, or leave the column out."
        )
    return found
