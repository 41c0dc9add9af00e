"""Masks as packed bits: counts of common models, exact and a tenth of a matrix product's cost."""

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from traindiff.threads import compiled

__all__ = ["covariance_square", "excess_rows", "mirror", "pack"]

_WORD = 64
_LANES = 8


def pack(masks: np.ndarray) -> np.ndarray:
    """Return each training example's column of ``masks`` as bits, uint64 [train, words]."""
    bits = np.packbits(masks, axis=0, bitorder="little")
    row_bytes = _WORD // 8 * _LANES
    padded = np.zeros((masks.shape[1], -(-len(bits) // row_bytes) * row_bytes), np.uint8)
    padded[:, : len(bits)] = bits.T
    return padded.view(np.uint64)


@intrinsic  # type: ignore[misc, unused-ignore]
def popcount(_context: Any, _word: Any) -> Any:
    """Count the ones of a 64-bit word with the processor's own instruction."""

    def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@compiled
def common(packed: np.ndarray, i: int, j: int) -> int:
    """Count the models that saw both examples, as an unsigned integer."""
    models = np.uint64(0)
    for w in range(packed.shape[1]):
        models += popcount(packed[i, w] & packed[j, w])  # type: ignore[call-arg]
    return models  # type: ignore[return-value]


@compiled
def excess_rows(
    packed: np.ndarray, whole: np.ndarray, start: int, stop: int, out: np.ndarray
) -> None:
    """Write rows start..stop, up to the diagonal, of models that saw both, less ``whole``."""
    for i in range(start, stop):
        for j in range(i + 1):
            out[i, j] = np.int64(common(packed, i, j)) - whole[i] - whole[j]


@compiled
def covariance_square(
    packed: np.ndarray,
    means: np.ndarray,
    models: int,
    members: np.ndarray,
    out: np.ndarray,
    first: int,
    size: int,
) -> None:
    """Write rows first..size, up to the diagonal, of the covariance of some columns."""
    for a in range(first, size):
        for b in range(a + 1):
            i, j = members[a], members[b]
            out[a, b] = np.float64(common(packed, i, j)) / models - means[i] * means[j]


@compiled
def mirror(square: np.ndarray) -> None:
    """Copy the lower triangle onto the upper one, tile by tile."""
    tile, n = 64, len(square)
    for i in range(0, n, tile):
        for j in range(0, i + 1, tile):
            for a in range(i, min(i + tile, n)):
                for b in range(j, min(j + tile, a)):
                    square[b, a] = square[a, b]
