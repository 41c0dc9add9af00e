"""Values of a stage as the arrays of a piece: our own dataclasses and named tuples, whole.

One array is a document that says where each of the others stands. What is read back is equal to the
bit. A piece makes nothing but classes that results consist of: no other class, and no code. An
algorithm is none of them: making one imports the module that it names.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import singledispatch
from importlib import import_module
from typing import Any

import numpy as np

from traindiff.errors import StoreError, TraindiffError

__all__ = ["from_arrays", "to_arrays"]

DOCUMENT = "document"
OURS = tuple(
    f"traindiff.{package}"
    for package in (
        "comparison",
        "datamodels",
        "hypotheses",
        "outputs",
        "pair",
        "statistics",
        "transforms",
        "verification",
    )
)
"""Where results are defined."""
UNFIT = (LookupError, TypeError, ValueError, AttributeError, ImportError, TraindiffError)


def to_arrays(value: object) -> dict[str, np.ndarray]:
    """Return the arrays from which `from_arrays` makes ``value`` again.

    Parameters
    ----------
    value : object
        None, a number, str, array, tuple, list, mapping, or dataclass or named tuple of this
        package; and what these hold, likewise.
    """
    arrays: dict[str, np.ndarray] = {}
    document = json.dumps(_described(value, arrays), allow_nan=False).encode()
    return {DOCUMENT: np.frombuffer(document, dtype=np.uint8), **arrays}


def from_arrays(arrays: Mapping[str, np.ndarray]) -> Any:
    """Return the value that `to_arrays` was given.

    Raises
    ------
    StoreError
        When the arrays are not what `to_arrays` makes of any value, or of one of this version.
    """
    try:
        return _made(json.loads(arrays[DOCUMENT].tobytes()), arrays)
    except UNFIT as error:
        raise StoreError(f"a kept value can't be read: {error!r}. It is computed anew.") from error


@singledispatch
def _described(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    assert is_dataclass(value), f"{type(value)} is no value of ours"
    held = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
    return _by_fields(type(value), held, arrays)


def _by_fields(kind: type, held: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    assert _ours(kind.__module__), f"{kind} is no value of ours"
    named = {name: _described(each, arrays) for name, each in held.items()}
    return {"class": f"{kind.__module__}:{kind.__qualname__}", "fields": named}


@_described.register(bool | int | str | None)
def _(value: bool | int | str | None, arrays: dict[str, np.ndarray]) -> Any:
    return value


@_described.register
def _(value: float, arrays: dict[str, np.ndarray]) -> Any:
    return float(value) if np.isfinite(value) else {"float": repr(float(value))}


@_described.register
def _(value: np.generic, arrays: dict[str, np.ndarray]) -> Any:
    return {"scalar": _described(np.asarray(value), arrays)}


@_described.register
def _(value: np.ndarray, arrays: dict[str, np.ndarray]) -> Any:
    name = f"array-{len(arrays)}"
    arrays[name] = value
    return {"array": name}


@_described.register
def _(value: list, arrays: dict[str, np.ndarray]) -> Any:  # type: ignore[type-arg]
    return [_described(each, arrays) for each in value]


@_described.register
def _(value: tuple, arrays: dict[str, np.ndarray]) -> Any:  # type: ignore[type-arg]
    if type(value) is not tuple:  # a NamedTuple
        return _by_fields(type(value), value._asdict(), arrays)  # type: ignore[attr-defined]
    return {"tuple": [_described(each, arrays) for each in value]}


@_described.register
def _(value: Mapping, arrays: dict[str, np.ndarray]) -> Any:  # type: ignore[type-arg]
    return {"mapping": [[key, _described(each, arrays)] for key, each in value.items()]}


def _made(document: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(document, list):
        return [_made(each, arrays) for each in document]
    if not isinstance(document, dict):
        return document
    return _FORMS[next(iter(document), "")](document, arrays)


def _ours(module: str) -> bool:
    return module.startswith(tuple(f"{each}." for each in OURS)) or module in OURS


def _instance(document: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    module, _, name = document["class"].partition(":")
    if not _ours(module):
        raise ValueError(f"{module} holds no results")
    kind = getattr(import_module(module), name)
    if not (isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, tuple))):
        raise TypeError(f"{name} is no value")
    return kind(**{key: _made(each, arrays) for key, each in document["fields"].items()})


_FORMS: dict[str, Callable[[Any, Mapping[str, np.ndarray]], Any]] = {
    "class": _instance,
    "float": lambda document, arrays: float(document["float"]),
    "array": lambda document, arrays: arrays[document["array"]],
    "scalar": lambda document, arrays: _made(document["scalar"], arrays)[()],
    "tuple": lambda document, arrays: tuple(_made(each, arrays) for each in document["tuple"]),
    "mapping": lambda document, arrays: {
        key: _made(each, arrays) for key, each in document["mapping"]
    },
}
