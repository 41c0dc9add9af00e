"""Run a kernel on ranges of an axis, several threads at a time.

Kernels release the interpreter's lock and treat every index on its own, so the result does not
depend on the number of threads.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeVar, cast

import numba
from threadpoolctl import ThreadpoolController

__all__ = ["available", "compiled", "one_blas_thread", "over_ranges"]

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(kernel: Kernel) -> Kernel:
    """Compile ``kernel`` to machine code, once for every run on this machine.

    Only contraction of products and sums is allowed, which does not depend on the order of sums.
    """
    return cast(Kernel, numba.njit(cache=True, nogil=True, fastmath={"contract"})(kernel))


def available() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def over_ranges(
    work: Callable[[int, int], object], length: int, *, size: int, threads: int | None = None
) -> None:
    """Call ``work(start, stop)`` for consecutive ranges, ``size`` long, that cover ``length``."""
    starts = range(0, length, size)
    with ThreadPoolExecutor(max_workers=threads or available()) as pool:
        list(pool.map(lambda start: work(start, min(start + size, length)), starts))


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Keep matrix products to one thread each: how they split the work decides how they round."""
    limiter = _libraries().limit(limits=1, user_api="blas")
    return cast(AbstractContextManager[Any], limiter)
