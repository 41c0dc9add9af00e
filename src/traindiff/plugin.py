"""Find a person's own function by its name, "module:function"."""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from traindiff.errors import InputError, unknown

__all__ = ["announcing", "call", "check_arguments", "resolve"]

INSTALLED = {"site-packages", "dist-packages"}

_announce: ContextVar[Callable[[str], None]] = ContextVar("announce", default=lambda name: None)


def resolve(reference: str) -> Any:
    """Import and return what "module:attribute" names; the attribute may be dotted.

    Modules in the current directory can be imported from here on; those of Python and installed
    ones of the same name come first.

    Raises
    ------
    InputError
        When the reference is malformed or names Python's own library, the module can't be imported
        or lacks the attribute.
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
    if inspect.isroutine(found) or inspect.isclass(found):
        _refuse_standard(str(found.__module__), reference)
    return found


@contextmanager
def announcing(tell: Callable[[str], None]) -> Iterator[None]:
    """Tell of each module of a person's own, and its file, before `resolve` imports it."""
    token = _announce.set(tell)
    try:
        yield
    finally:
        _announce.reset(token)


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


def _tell_of(module_name: str) -> None:
    """Announce the file of a module that is going to be imported, unless it is an installed one."""
    top = module_name.partition(".")[0]
    found = None if top in sys.modules else importlib.util.find_spec(top)
    if found is None:
        return
    place = found.origin or next(iter(found.submodule_search_locations or ()), "")
    if not INSTALLED & set(Path(place).parts):
        _announce.get()(f"running {module_name} from {place}")


def _refuse_standard(module_name: str, reference: str) -> None:
    if module_name.partition(".")[0] in sys.stdlib_module_names:
        raise InputError(
            f"{reference!r}: {module_name!r} is part of Python itself, which holds no data and no "
            "recipes; give a module of your own, and if its file has that name, another name."
        )


def _import(module_name: str, reference: str) -> Any:
    _refuse_standard(module_name, reference)
    directory = str(Path.cwd())
    if directory not in sys.path:
        sys.path.append(
            directory
        )  # last: a file named as a module of Python's takes no one's place
    # A module written since the last import would be missed by the finders' cached listings.
    importlib.invalidate_caches()
    _tell_of(module_name)
    try:
        return importlib.import_module(module_name)
    except (ImportError, SyntaxError) as error:
        raise InputError(
            f"{reference!r}: module {module_name!r} can't be imported from {directory} or the "
            f"installed packages: {error}."
        ) from error
