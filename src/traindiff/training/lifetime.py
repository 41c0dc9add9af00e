"""A worker process's life: it ends with its coordinator, and what it has started ends with it.

A worker leads a process group of its own, in which all that it starts stays unless it leaves on
purpose. It is asked to end by SIGTERM, which lets it clean up, and made to after a few seconds.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from types import FrameType

__all__ = ["ENDED", "end", "follow_coordinator", "kill", "uninterrupted"]

ENDED = 128 + signal.SIGTERM
"""Exit code of a worker that was asked to end."""

GRACE = 5.0  # seconds between asking and killing


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C from processes that are started meanwhile, until they follow their coordinator.

    A terminal sends it to them too, and it is the coordinator that decides what it means.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def follow_coordinator() -> None:
    """Make this process, a worker, end when its coordinator does, in whatever way that dies."""
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_watch, daemon=True).start()


def end(workers: list[BaseProcess]) -> None:
    """Ask workers to end, kill those that don't, and what they have left behind."""
    for worker in workers:
        worker.terminate()
    give_up = time.monotonic() + GRACE
    for worker in workers:
        worker.join(max(0.0, give_up - time.monotonic()))
        kill(worker)


def kill(worker: BaseProcess) -> None:
    """Kill a worker, unless it is gone already, and what it had started."""
    worker.kill()
    worker.join()
    assert worker.pid is not None, "it was started"
    with suppress(ProcessLookupError, PermissionError):  # nobody is left, or only a dead one
        os.killpg(worker.pid, signal.SIGKILL)


def _leave(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # cleaning up is not interrupted
    sys.exit(ENDED)


def _watch() -> None:
    coordinator, main = parent_process(), threading.main_thread().ident
    assert coordinator is not None, "a worker has a coordinator"
    assert main is not None, "the main thread runs"
    coordinator.join()
    signal.pthread_kill(main, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)
