"""One writer at a time."""

import fcntl
import os
import socket
import stat
from pathlib import Path
from typing import IO

from traindiff.errors import RunDirectoryError

__all__ = ["acquire"]

# A link would have another file locked and overwritten, a pipe would wait for a reader.
FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def acquire(path: Path) -> IO[str]:
    """Take the lock file at ``path`` and return it; closing it, or dying, gives the lock back.

    Raises
    ------
    RunDirectoryError
        When another process holds it, or it is no file of the run directory's own.
    """
    _refuse_foreign(path)
    lock = os.fdopen(os.open(path, FLAGS, 0o666), "r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = lock.read().strip() or "another process"
        lock.close()
        raise RunDirectoryError(
            f"{path.parent} is being written by {holder}: wait for it, stop it, "
            "or give another run directory."
        ) from error
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    lock.flush()
    return lock


def _refuse_foreign(path: Path) -> None:
    """Refuse what is no file, or a file that has a second name elsewhere."""
    if not os.path.lexists(path):
        return
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        raise RunDirectoryError(
            f"{path} is no lock file (a link, a directory or a pipe): it is left as it is. "
            "Remove it, then run again."
        )
