"""Writes that are whole or not there, and disk errors that say what to do."""

import errno
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from traindiff.errors import StoreError

__all__ = ["explained", "replace_whole", "sync_tree"]

SYNCS = 16

_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the disk quota is used up: free some space",
    errno.EROFS: "the file system is read-only: make it writable",
    errno.EACCES: "permission is denied: make it writable",
    errno.EPERM: "permission is denied: make it writable",
}


@contextmanager
def explained(path: Path, deed: str) -> Iterator[None]:
    """Turn an operating-system error into a `StoreError` that names the piece and the cure."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, f"{error.strerror or error}: remove the cause")
        raise StoreError(
            f"can't {deed} {path}: {advice}, then run again. What was finished before is kept."
        ) from error


def replace_whole(source: Path, destination: Path) -> None:
    """Move a finished file or directory into place; survives a power cut on either side of it."""
    sync_tree(source)
    destination.parent.mkdir(parents=True, exist_ok=True)
    source.rename(destination)
    _sync(destination.parent)
    _sync(source.parent)


def sync_tree(root: Path) -> None:
    """Wait until a file, or a directory and all it holds, is on the disk itself."""
    # All at once: a disk takes many small files in about the time of one.
    with ThreadPoolExecutor(SYNCS) as threads:
        deque(threads.map(_sync, (*root.rglob("*"), root)), maxlen=0)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
