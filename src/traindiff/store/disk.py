"""Writes that are whole or not there, and disk errors that say what to do."""

import errno
import os
import shutil
import stat
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from traindiff.errors import StoreError

__all__ = [
    "explained",
    "keep_inside",
    "move_whole",
    "read_file",
    "remove",
    "replace_whole",
    "sync_tree",
    "write_new",
]

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


def keep_inside(root: Path, path: Path) -> None:
    """Refuse to write to ``path`` by way of a link that leads out of the directory ``root``.

    Raises
    ------
    StoreError
        When a directory between the two is a link, or something else that holds no files.
    """
    place = root
    for part in path.relative_to(root).parts[:-1]:
        place = place / part
        if os.path.lexists(place) and not stat.S_ISDIR(place.lstat().st_mode):
            raise StoreError(
                f"{place} is no directory of its own (a link, or a file): nothing is written "
                "through it. Remove it; to keep a run on another disk, link the run directory."
            )


def read_file(path: Path) -> bytes:
    """Return the bytes of a file; a pipe or a device in its place, which may never end, is refused.

    Raises
    ------
    StoreError
        When it is no file.
    """
    # Without O_NONBLOCK, opening a pipe that nobody writes to waits for ever.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise StoreError(f"{path} is damaged: it is no file.")
        return file.read()


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is new: what lies there is removed first, and a link never followed."""
    remove(path)
    with open(path, "xb") as file:
        file.write(content)


def remove(path: Path) -> None:
    """Remove a file, a link (not what it leads to) or a whole directory, if it is there."""
    if not os.path.lexists(path):
        return
    if stat.S_ISDIR(path.lstat().st_mode):
        shutil.rmtree(path)
    else:
        path.unlink()


def replace_whole(source: Path, destination: Path) -> None:
    """Move a finished file or directory into place; survives a power cut on either side of it."""
    sync_tree(source)
    move_whole(source, destination)


def move_whole(source: Path, destination: Path) -> None:
    """Move into place what `sync_tree` has brought to the disk."""
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
