"""Find a person's own function by its name, "module:function"."""

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from traindiff.errors import InputError, unknown

__all__ = ["call", "check_arguments", "resolve"]


def resolve(reference: str) -> Any:
    """Import and return what "module:attribute" names; the attribute may be dotted.

    Modules in the current directory can be imported from here on, as if Python had been started
    with it.

    Raises
    ------
    InputError
        When the reference is malformed, the module can't be imported or lacks the attribute.
        Whatever else the module raises while it is imported is left as it is.
    """
    module_name, _, path = reference.partition(":")
    if not module_name or not path:
        raise InputError(
            f"expected 'module:function', such as 'my_module:load', found {reference!r}."
        )
    found = _import(module_name, reference)
    for name in path.split("."):
        if not hasattr(found, name):
            public = [each for each in dir(found) if not each.startswith("_")]
            raise InputError(f"{reference!r}: {unknown('name', name, public, module_name)}")
        found = getattr(found, name)
    return found


def call(function: Any, arguments: Mapping[str, Any], reference: str) -> Any:
    """Return ``function(**arguments)``, once they are known to fit its signature.

    Raises
    ------
    InputError
        When ``function`` can't be called, or not with these arguments.
    """
    if not callable(function):
        raise InputError(f"{reference!r} must be a function, found {type(function).__name__}.")
    check_arguments(function, (), arguments, reference)
    return function(**arguments)


def check_arguments(
    function: Callable[..., Any],
    positional: Sequence[str],
    arguments: Mapping[str, Any],
    reference: str,
) -> None:
    """Check that ``function`` takes these positional arguments and keyword arguments.

    Raises
    ------
    InputError
        Naming the argument and the nearest one that exists, or what is missing.
    """
    signature = inspect.signature(function)
    try:
        signature.bind(*positional, **arguments)
    except TypeError as error:
        own = [name for name in signature.parameters if name not in positional]
        wrong = next((name for name in arguments if name not in own), None)
        reason = f"{error}." if wrong is None else unknown("argument", wrong, own, "it takes")
        given = ", ".join([*positional, *arguments]) or "no arguments"
        raise InputError(f"{reference!r} can't be called with {given}: {reason}") from None


def _import(module_name: str, reference: str) -> Any:
    directory = str(Path.cwd())
    if directory not in sys.path:
        sys.path.insert(0, directory)
    # A module written since the last import would be missed by the finders' cached listings.
    importlib.invalidate_caches()
    try:
        return importlib.import_module(module_name)
    except (ImportError, SyntaxError) as error:
        raise InputError(
            f"{reference!r}: module {module_name!r} can't be imported from {directory} or the "
            f"installed packages: {error}."
        ) from error
