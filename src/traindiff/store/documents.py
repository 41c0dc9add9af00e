"""JSON documents that know when they are damaged.

A file holds {"checksum": ..., "content": ...} in one canonical spelling, so that every changed byte
shows: either the checksum or the spelling is broken.
"""

import json
from pathlib import Path
from typing import Any

from traindiff.errors import StoreError
from traindiff.identity import fingerprint
from traindiff.store.disk import explained, read_file, replace_whole, write_new

__all__ = ["encode", "read_document", "write_document"]


def encode(content: Any) -> bytes:
    """Return the bytes of a document file."""
    document = {"checksum": fingerprint(content), "content": content}
    text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
    return f"{text}\n".encode()


def write_document(path: Path, content: Any, *, beside: Path) -> None:
    """Write ``content`` to ``path``, whole or not at all, by way of the directory ``beside``."""
    with explained(path, "write"):
        beside.mkdir(parents=True, exist_ok=True)
        unfinished = beside / path.name
        write_new(unfinished, encode(content))
        replace_whole(unfinished, path)


def read_document(path: Path) -> Any:
    """Return the content of the document at ``path``.

    Raises
    ------
    StoreError
        When the file is missing or any byte of it has changed.
    """
    if not path.exists():
        raise StoreError(f"{path} is missing.")
    with explained(path, "read"):
        stored = read_file(path)
    try:
        content = json.loads(stored)["content"]
        whole = encode(content) == stored
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(_damaged(path)) from error
    if not whole:
        raise StoreError(_damaged(path))
    return content


def _damaged(path: Path) -> str:
    return f"{path} is damaged: its bytes don't match its checksum."
