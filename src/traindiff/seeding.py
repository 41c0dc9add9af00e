"""Randomness by name.

Every random draw has a name, such as ``("batches", model_seed)``. Streams of different names are
independent, and none depends on the order in which others were drawn, so a resumed or distributed
run draws the same numbers as an uninterrupted one.
"""

import numpy as np

from traindiff.identity import digest

__all__ = ["derive", "stream"]


def derive(seed: int, *name: str | int) -> int:
    """Return the 63-bit seed that belongs to ``name`` under the study's ``seed``.

    >>> derive(0, "model", 3) == derive(0, "model", 3) != derive(0, "model", 4)
    True
    """
    return int.from_bytes(digest([seed, *name], 8), "big") >> 1


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """Return the random generator that belongs to ``name`` under the study's ``seed``."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest([seed, *name], 16), "big")))
