"""Randomness by name.

Every random draw has a name, such as ``("batches", model_seed)``. Streams of different names are
independent, and none depends on the order in which others were drawn, so a resumed or distributed
run draws the same numbers as an uninterrupted one.
"""

import hashlib
import json

import numpy as np

__all__ = ["add_array", "derive", "fingerprint", "fingerprint_array", "stream"]


def _digest(parts: object, size: int) -> bytes:
    text = json.dumps(parts, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=size).digest()


def derive(seed: int, *name: str | int) -> int:
    """Return the 63-bit seed that belongs to ``name`` under the study's ``seed``.

    >>> derive(0, "model", 3) == derive(0, "model", 3) != derive(0, "model", 4)
    True
    """
    return int.from_bytes(_digest([seed, *name], 8), "big") >> 1


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """Return the random generator that belongs to ``name`` under the study's ``seed``."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(_digest([seed, *name], 16), "big")))


def fingerprint(document: object) -> str:
    """Return the identity of a JSON-like ``document`` as 32 hexadecimal digits."""
    return _digest(document, 16).hex()


def add_array(digest: "hashlib.blake2b", values: np.ndarray) -> None:
    """Add an array's type, shape and content to a digest; a contiguous array is not copied."""
    if values.dtype == object:
        digest.update(fingerprint(values.tolist()).encode())
        return
    digest.update(f"{values.dtype.str}{values.shape}".encode())
    digest.update(np.ascontiguousarray(values).data)


def fingerprint_array(values: np.ndarray) -> str:
    """Return the identity of an array's content as 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    add_array(digest, values)
    return digest.hexdigest()
