"""Typed, checked parameters of transformations.

A change (what a transformation does) is a frozen dataclass whose fields are made by `number`,
`whole`, `choice`, `colour`, `text` and `picture`; `settled` checks them and `to_dict` writes them.
"""

import dataclasses
import difflib
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import singledispatch
from typing import Any, TypeVar

import numpy as np

from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.transforms.images.picture import Picture

__all__ = [
    "bind",
    "choice",
    "colour",
    "nearest",
    "number",
    "picture",
    "plain",
    "scalar",
    "settled",
    "text",
    "to_dict",
    "whole",
    "within",
]

Check = Callable[[str, Any], Any]
Instance = TypeVar("Instance")
_REQUIRED = object()


def number(default: Any = _REQUIRED, *, low: float, high: float) -> Any:
    """Return a field that holds a real number in [low, high]."""

    def checked(name: str, value: Any) -> float:
        within(name, value, low, high)
        return float(value)

    return _field(default, checked)


def whole(default: Any = _REQUIRED, *, low: int, high: int = 1_000_000) -> Any:
    """Return a field that holds a whole number in [low, high]."""

    def checked(name: str, value: Any) -> int:
        within(name, value, low, high)
        if value != int(value):
            raise InputError(f"{name} must be a whole number, found {value}.")
        return int(value)

    return _field(default, checked)


def choice(default: Any = _REQUIRED, *, of: Sequence[str]) -> Any:
    """Return a field that holds one of a few words."""

    def checked(name: str, value: Any) -> str:
        if value not in of:
            raise InputError(f"{name} must be one of {', '.join(of)}; {nearest(value, of)}")
        return str(value)

    return _field(default, checked)


def colour(default: Any = _REQUIRED) -> Any:
    """Return a field that holds a grey level, or one value a channel, each in [0, 1]."""

    def checked(name: str, value: Any) -> float | tuple[float, ...]:
        if not isinstance(value, list | tuple):
            within(name, value, 0, 1)
            return float(value)
        for level in value:
            within(name, level, 0, 1)
        return tuple(float(level) for level in value)

    return _field(default, checked)


def text(default: Any = _REQUIRED) -> Any:
    """Return a field that holds a word or phrase."""

    def checked(name: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise InputError(f"{name} must be a piece of text, found {value!r}.")
        return value

    return _field(default, checked)


def scalar(default: Any = _REQUIRED) -> Any:
    """Return a field that holds a finite number or a word."""

    def checked(name: str, value: Any) -> float | str:
        if isinstance(value, str):
            return value
        within(name, value, -sys.float_info.max, sys.float_info.max)
        return float(value)

    return _field(default, checked)


def picture(default: Any = _REQUIRED) -> Any:
    """Return a field that holds a `Picture`, also given as an array or as its text form."""
    return _field(default, lambda name, value: Picture.of(name, value))


def settled(change: Any) -> Any:
    """Return a change whose parameters are checked and in canonical form.

    Raises
    ------
    InputError
        When a parameter has the wrong type or lies outside its range.
    """
    values: dict[str, Any] = {}
    for field in dataclasses.fields(change):
        value = getattr(change, field.name)
        if value is not None and field.metadata:
            values[field.name] = field.metadata["settled"](f"{change.kind}: {field.name}", value)
    return dataclasses.replace(change, **values)


def to_dict(change: Any) -> dict[str, Any]:
    """Return every parameter that was set, as JSON-like values."""
    values = {field.name: getattr(change, field.name) for field in dataclasses.fields(change)}
    return {name: plain(value) for name, value in values.items() if value is not None}


def bind(self: Instance, data: Dataset) -> Instance:
    """Return the change itself: it needs nothing from ``data`` (a change's ``bind``)."""
    return self


def nearest(word: object, known: Iterable[str]) -> str:
    """Return a sentence that names what was found and the known word closest to it."""
    close = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.4)
    return f"found {word!r}" + (f"; did you mean {close[0]!r}?" if close else ".")


def within(name: str, value: Any, low: float, high: float) -> None:
    """Raise `InputError` unless ``value`` is a number in [low, high]."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise InputError(f"{name} must be a number in [{low:g}, {high:g}], found {value!r}.")
    if not low <= value <= high:
        limit = low if value < low else high
        raise InputError(
            f"{name} must lie in [{low:g}, {high:g}], found {value}; "
            f"the nearest allowed is {limit:g}."
        )


def _field(default: Any, checked: Check) -> Any:
    metadata = {"settled": checked}
    if default is _REQUIRED:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@singledispatch
def plain(value: Any) -> Any:
    """Return a parameter as a JSON-like value; types of their own register here."""
    return value


@plain.register
def _(value: tuple) -> Any:  # type: ignore[type-arg]
    return [plain(item) for item in value]


@plain.register
def _(value: Picture) -> Any:
    return value.to_text()
