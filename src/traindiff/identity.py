"""What tells one thing from another: documents, arrays, settings and code, as hashes."""

import hashlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import singledispatch
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from traindiff.errors import InputError

__all__ = [
    "add_array",
    "check_identity",
    "code_hash",
    "code_identity",
    "digest",
    "fingerprint",
    "fingerprint_array",
    "plain",
    "versioned",
]

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")


def digest(parts: object, size: int) -> bytes:
    """Return ``size`` bytes that tell a JSON-like document from any other."""
    text = json.dumps(parts, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=size).digest()


def fingerprint(document: object) -> str:
    """Return the identity of a JSON-like ``document`` as 32 hexadecimal digits."""
    return digest(document, 16).hex()


def add_array(digest: "hashlib.blake2b", values: np.ndarray) -> None:
    """Add an array's type, shape and content to a digest; a contiguous array is not copied."""
    if values.dtype == object:
        digest.update(fingerprint(values.tolist()).encode())
        return
    digest.update(f"{values.dtype.str}{values.shape}".encode())
    digest.update(np.ascontiguousarray(values).data)


def fingerprint_array(values: np.ndarray) -> str:
    """Return the identity of an array's content as 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    add_array(digest, values)
    return digest.hexdigest()


@singledispatch
def plain(value: Any) -> Any:
    """Return ``value`` as JSON-like values: equal ones for equal settings, in any process.

    What JSON has no word for is kept by its repr.

    Raises
    ------
    InputError
        When the repr holds a memory address, which differs from run to run.
    """
    if callable(getattr(value, "get_params", None)) and not isinstance(value, type):
        return _by_parameters(value)
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
    # In one order: a document that was read again has its keys in another than a person wrote.
    return {str(key): plain(value[key]) for key in sorted(value, key=str)}


@plain.register(FunctionType | BuiltinFunctionType)
def _(value: Any) -> Any:
    """Return the name of a function that can be imported by it, and its code."""
    if not _found_by_name(value):
        raise InputError(
            f"the setting {value!r} can't be told from others in a later run: its repr holds a "
            "memory address, and no module has it by its name (a lambda, or a function made within "
            "another). Define it in a file, or give a version."
        )
    return {"function": f"{value.__module__}:{value.__qualname__}", "code": code_hash(value)}


def _by_parameters(value: Any) -> Any:
    """Return an estimator's class, its parameters but the seeds, its code and library's version.

    The code of scikit-learn is known by the version that stands beside.
    """
    kind = type(value)
    params = value.get_params(deep=False)
    described = {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "params": {name: plain(params[name]) for name in sorted(params) if name != "random_state"},
    }
    library = kind.__module__.partition(".")[0]
    if library == "sklearn":
        return described
    if (code := code_hash(kind)) is None:
        raise InputError(
            f"{kind.__qualname__} has no source file that can be read, so that a change of it "
            "would go unnoticed; define it in a file."
        )
    version = getattr(sys.modules.get(library), "__version__", None)
    return described | {"code": code} | versioned(version)


def check_identity(code: Callable[..., Any] | type, version: str | None, where: str) -> None:
    """Check that ``code`` can be told from any other by its name and its source file.

    A function of one's own that is made while the program runs (a lambda, a closure, a
    `functools.partial`), or an object that holds values, has neither for itself.

    Parameters
    ----------
    code : callable
    version : str or None
        What a person tells it by instead.
    where : str
        What messages call it.

    Raises
    ------
    InputError
        When it can't, and there is no version.
    """
    if version is None and not (_found_by_name(code) and code_hash(code)):
        raise InputError(
            f"{where} {code!r} could change, or be taken for another, unnoticed: it is not a "
            "function that a file of source code defines by this name (but a lambda, a partial, an "
            "object, or was made within a function or typed in). Define it in a file and give what "
            "varies as arguments, or give a version."
        )


def code_identity(code: Callable[..., Any] | type) -> dict[str, Any]:
    """Return the name of a person's code, and the hash of its source file."""
    name = getattr(code, "__qualname__", type(code).__qualname__)
    module = getattr(code, "__module__", type(code).__module__)
    return {"name": f"{module}:{name}", "code": code_hash(code)}


def versioned(version: str | None) -> dict[str, str]:
    """Return the entry of a version in a description, where there is one."""
    return {} if version is None else {"version": version}


def _found_by_name(code: Callable[..., Any] | type) -> bool:
    found: Any = sys.modules.get(getattr(code, "__module__", None) or "")
    for name in getattr(code, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found is code


def code_hash(code: Callable[..., Any] | type) -> str | None:
    """Return the hash of the source file that defines ``code``, or None where there is none."""
    try:
        path = inspect.getsourcefile(inspect.unwrap(code))
        content = Path(path or "").read_bytes()
    except (TypeError, OSError):
        return None
    return hashlib.blake2b(content, digest_size=16).hexdigest()
