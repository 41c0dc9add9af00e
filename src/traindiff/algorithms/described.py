"""Turn settings into JSON-like values that identify them, and code into a hash."""

import hashlib
import inspect
import re
from collections.abc import Callable, Mapping
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np

from traindiff.errors import InputError

__all__ = ["code_hash", "plain"]

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")


@singledispatch
def plain(value: Any) -> Any:
    """Return ``value`` as JSON-like values: equal ones for equal settings, in any process.

    What JSON has no word for is kept by its repr.

    Raises
    ------
    InputError
        When the repr holds a memory address, which differs from run to run.
    """
    text = repr(value)
    if _ADDRESS.search(text):
        raise InputError(
            f"the setting {text} can't be told from others in a later run: its repr holds a memory "
            "address. Give numbers, str, lists or mappings, or a class with a repr of its own."
        )
    return text


@plain.register(bool | int | str | None)
def _(value: bool | int | str | None) -> Any:
    return value


@plain.register
def _(value: float) -> Any:
    return value if np.isfinite(value) else repr(value)


@plain.register
def _(value: np.generic) -> Any:
    return plain(value.item())


@plain.register
def _(value: np.ndarray) -> Any:
    return {"dtype": value.dtype.str, "values": plain(value.tolist())}


@plain.register(list | tuple)
def _(value: list[Any] | tuple[Any, ...]) -> Any:
    return [plain(each) for each in value]


@plain.register
def _(value: Mapping) -> Any:  # type: ignore[type-arg]
    return {str(key): plain(each) for key, each in value.items()}


def code_hash(code: Callable[..., Any] | type) -> str | None:
    """Return the hash of the source file that defines ``code``, or None where there is none."""
    try:
        path = inspect.getsourcefile(inspect.unwrap(code))
        content = Path(path or "").read_bytes()
    except (TypeError, OSError):
        return None
    return hashlib.blake2b(content, digest_size=16).hexdigest()
