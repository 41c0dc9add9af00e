"""One writer at a time."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from traindiff.errors import RunDirectoryError

__all__ = ["acquire"]


def acquire(path: Path) -> IO[str]:
    """Take the lock file at ``path`` and return it; closing it, or dying, gives the lock back.

    Raises
    ------
    RunDirectoryError
        When another process holds it.
    """
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
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
