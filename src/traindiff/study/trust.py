"""Whose run directory it is: one made here, or one from elsewhere, whose code must be agreed to.

A run directory holds its study file, and that is a program: it names functions and commands. Which
directories were made here is kept outside them, where nobody can send it: a file for each, under
``$XDG_STATE_HOME/traindiff/made-here`` (by default ``~/.local/state``), named by a hash of the
directory's real path, its inode, and a token that lies in it.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from traindiff.datasets.sources import SOURCES
from traindiff.errors import InputError, StoreError
from traindiff.identity import fingerprint
from traindiff.store import RunStore
from traindiff.study.journal import HERE, Notebook

__all__ = ["made_here", "mark_made_here", "named_code", "refuse_code"]

# Kinds of algorithm that run none but our code, unless a setting is a "module:function".
OWN_KINDS = ("torch", "closed-form")


def mark_made_here(store: RunStore) -> None:
    """Note that a run directory was made here, by who runs this.

    Where there is no place to note it (a read-only home), the directory will need ``--trust``.
    """
    notebook = Notebook(store=store)
    if not isinstance(_token(store), str):
        notebook.write(HERE, secrets.token_hex(16))
    mark = _mark(store)
    assert mark is not None, "a token has just been written"
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(f"{store.path.resolve()}\n", encoding="utf-8", errors="backslashreplace")


def made_here(store: RunStore) -> bool:
    """Return whether a run directory was made here, and lies where it did."""
    with suppress(RuntimeError):
        mark = _mark(store)
        return mark is not None and mark.is_file()
    return False


def named_code(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a study file names that is imported or run, and is not traindiff's own."""
    return tuple(dict.fromkeys(_named(settings)))


def refuse_code(store: RunStore, settings: Mapping[str, Any]) -> None:
    """Refuse to run the code of a directory that was not made here.

    Raises
    ------
    InputError
        Naming the code.
    """
    code = named_code(settings)
    if code and not made_here(store):
        raise InputError(
            f"{store.path} was not made here, and going on runs code that it names: "
            f"{', '.join(code)}. Read that first; to run it, add --trust. "
            "(What the directory shows needs none: traindiff status, report, open.)"
        )


def _named(settings: Mapping[str, Any]) -> Iterator[str]:
    source = _section(settings, "data").get("source")
    if not (isinstance(source, str) and source in SOURCES):
        yield str(source)
    for side in ("a", "b"):
        section = _section(settings, side)
        if section.get("kind") not in OWN_KINDS:
            named = (section.get(key) for key in ("command", "estimator", "function"))
            yield str(next((each for each in named if each is not None), section.get("kind")))
    # Whatever section there is or will be: the data's own arguments are paths and names alone.
    yield from (
        text
        for name, section in settings.items()
        if name not in ("title", "data")
        for text in _texts(section)
        if ":" in text
    )


def _section(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = settings.get(name)
    return found if isinstance(found, Mapping) else {}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _token(store: RunStore) -> Any:
    try:
        return Notebook(store=store).read(HERE)
    except StoreError:
        return None


def _mark(store: RunStore) -> Path | None:
    token = _token(store)
    if not isinstance(token, str):
        return None
    path = store.path.resolve()
    identity = [os.fsencode(path).hex(), path.stat().st_ino, token]
    return _state() / "traindiff" / "made-here" / fingerprint(identity)


def _state() -> Path:
    given = os.environ.get("XDG_STATE_HOME", "")
    return Path(given) if os.path.isabs(given) else Path.home() / ".local" / "state"
