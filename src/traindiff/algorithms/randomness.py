"""Random numbers that a person's code draws without asking for a stream."""

import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

__all__ = ["LIBRARY_SEEDS", "global_state", "seeded"]

LIBRARY_SEEDS = 2**32
"""NumPy's legacy generator, scikit-learn and most that follow them take seeds below this."""


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators of `random`, NumPy and torch within the block; put them back.

    A stochastic depth by `random.random()`, a sampler by `np.random` or a dropout are then
    decided by the model's seed, whatever ran before. Torch is left alone until it is imported.

    Parameters
    ----------
    seed : int
        Below 2**63.
    """
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    with ExitStack() as stack:
        if torch := sys.modules.get("torch"):
            stack.enter_context(_torch_seeded(torch, seed))
        random.seed(seed)
        np.random.seed(seed % LIBRARY_SEEDS)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002


def global_state() -> object:
    """Return what changes whenever `random` or NumPy's global generator is drawn from."""
    legacy = np.random.get_state(legacy=False)  # noqa: NPY002
    return random.getstate(), legacy["state"]["pos"], bytes(legacy["state"]["key"])


@contextmanager
def _torch_seeded(torch: Any, seed: int) -> Iterator[None]:
    used = torch.cuda.is_available() and torch.cuda.is_initialized()
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if used else []):
        # torch.manual_seed formats a stack trace for each kind of device that does not run yet:
        # milliseconds, where a small model takes less. Without a device there is one generator.
        if _has_device(torch):
            torch.manual_seed(seed)
        else:
            torch.default_generator.manual_seed(seed)
        yield


def _has_device(torch: Any) -> bool:
    kinds = (torch.cuda, torch.backends.mps, torch.xpu, torch.mtia)
    return any(kind.is_available() for kind in kinds)
