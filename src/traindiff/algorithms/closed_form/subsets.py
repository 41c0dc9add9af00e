"""The rows that models may see, and products for all models at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["Solve", "Subsets", "times"]

Solve = Callable[[np.ndarray], np.ndarray]
"""From right-hand sides to solutions, both [models, outputs, unknowns]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subsets:
    """The rows that each of several models may see.

    Parameters
    ----------
    mask : float array of 0 and 1, shape [models, 1, train]
    size : float array, shape [models, 1, 1]
    """

    mask: np.ndarray
    size: np.ndarray

    @classmethod
    def of(cls, masks: np.ndarray) -> Self:
        """Return the subsets of ``masks``, bool [models, train]."""
        return cls(
            mask=masks[:, None, :].astype(np.float64), size=masks.sum(axis=1)[:, None, None] * 1.0
        )

    def astype(self, dtype: DTypeLike) -> "Subsets":
        """Return the same in another precision."""
        return Subsets(mask=self.mask.astype(dtype), size=self.size.astype(dtype))

    def take(self, models: np.ndarray) -> "Subsets":
        """Return those of some models."""
        return Subsets(mask=self.mask[models], size=self.size[models])

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Return the mean over each subset of ``values`` [models, outputs, train]."""
        return np.asarray((values * self.mask).sum(axis=-1, keepdims=True) / self.size)

    def centred(self, values: np.ndarray) -> np.ndarray:
        """Return P ``values``: zero outside a subset, of zero mean within."""
        kept: np.ndarray = values * self.mask
        kept -= self.mask * (kept.sum(axis=-1, keepdims=True) / self.size)
        return kept


def times(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return ``values`` [models, outputs, in] times ``matrix`` [in, out], as one product."""
    flat: np.ndarray = values.reshape(-1, values.shape[-1]) @ matrix
    return flat.reshape(*values.shape[:-1], matrix.shape[1])
