"""Typed, checked parameters of transformations, by pydantic.

A change (what a transformation does) is a frozen dataclass whose fields are annotated with the
types here; `checked` makes one in canonical form, and `to_dict` writes it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import (
    AfterValidator,
    AllowInfNan,
    BeforeValidator,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)

from traindiff.datasets import Dataset
from traindiff.errors import InputError, between, one_of

__all__ = [
    "Colour",
    "Length",
    "Number",
    "Position",
    "Scalar",
    "Seed",
    "Share",
    "Text",
    "among",
    "check_strength",
    "checked",
    "itself",
    "to_dict",
    "values_of",
    "within",
]

Instance = TypeVar("Instance")


def number(name: str, value: Any) -> Any:
    """Return a Python number; pydantic alone would take True and "3" for numbers, too.

    Raises
    ------
    InputError
        When ``value`` is no number.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        raise InputError(f"{name} must be a number, found {value!r}.")
    return plain


def check_strength(kind: str, value: Any) -> None:
    """Raise `InputError` unless ``value`` is a strength, in [0, 1]."""
    between(f"{kind}: strength", number(f"{kind}: strength", value), 0, 1)


def within(low: float, high: float) -> AfterValidator:
    """Return the rule that a number lies in [low, high]."""

    def inside(value: Any, info: ValidationInfo) -> Any:
        between(str(info.field_name), value, low, high)
        return value

    return AfterValidator(inside)


def among(known: Iterable[str]) -> AfterValidator:
    """Return the rule that a word is one of the ``known`` ones."""
    words = tuple(known)
    return AfterValidator(lambda word, info: one_of(info.field_name, word, words, "it takes"))


_PLAIN = BeforeValidator(lambda value, info: number(info.field_name, value))
_Whole = Annotated[int, _PLAIN]
Number = Annotated[float, _PLAIN, AllowInfNan(False)]
"""A real number: no text, no truth value, nothing infinite."""
Share = Annotated[Number, within(0, 1)]
"""A part of the whole."""
Position = Annotated[_Whole, within(0, 1_000_000)]
"""A position counted from 0, in pixels or columns."""
Length = Annotated[_Whole, within(1, 1_000_000)]
"""A size in pixels."""
Seed = Annotated[_Whole, within(0, 2**63)]
"""Names what is drawn at random."""
Text = Annotated[str, StringConstraints(strict=True, min_length=1)]
"""A word or phrase."""
Colour = Share | tuple[Share, ...]
"""A grey level, or one level a channel."""
Scalar = Number | str
"""A number or a word."""

_EXPECTED = {
    "finite_number": "a finite number",
    "int_from_float": "a whole number",
    "is_instance_of": "a transformation",
    "string_too_short": "a piece of text",
    "string_type": "a piece of text",
    "tuple_type": "a list",
}


def checked(change: type[Instance], values: Mapping[str, Any]) -> Instance:
    """Return the change with these parameters, checked and in canonical form.

    Raises
    ------
    InputError
        Naming the parameter that is unknown, missing, of the wrong type or out of its range.
    """
    kind: str = change.kind  # type: ignore[attr-defined]
    known = [field.name for field in fields(change)]  # type: ignore[arg-type]
    for name in values:
        one_of("parameter", name, [*known, "strength"], kind)
    adapter: TypeAdapter[Instance] = _adapter(change)  # type: ignore[arg-type]
    try:
        return adapter.validate_python(dict(values))
    except ValidationError as error:
        # A union fails once a branch: the branch that came furthest says what is wrong.
        worst = max(error.errors(include_url=False), key=lambda each: len(each["loc"]))
        raise InputError(_explained(kind, worst)) from None


def _explained(kind: str, error: Any) -> str:
    own = error.get("ctx", {}).get("error")
    if not error["loc"]:
        return str(own)  # what a change checks of itself names its kind
    if own:
        return f"{kind}: {own}"
    name = error["loc"][0]
    if error["type"] == "missing":
        return f"{kind} needs the parameter {name!r}."
    expected = _EXPECTED.get(error["type"], error["msg"])
    return f"{kind}: {name} must be {expected}, found {error['input']!r}."


def values_of(change: Any) -> dict[str, Any]:
    """Return every parameter that was set, as it is."""
    values = {field.name: getattr(change, field.name) for field in fields(change)}
    return {name: value for name, value in values.items() if value is not None}


def to_dict(change: Any) -> dict[str, Any]:
    """Return every parameter that was set, as JSON-like values."""
    adapter = _adapter(type(change))  # type: ignore[arg-type]
    return dict(adapter.dump_python(change, mode="json", exclude_none=True))


def itself(self: Instance, data: Dataset) -> Instance:
    """Return the change itself: it needs nothing from ``data`` (a change's ``bind``)."""
    return self


@cache
def _adapter(change: Any) -> TypeAdapter[Any]:
    return TypeAdapter(change)
