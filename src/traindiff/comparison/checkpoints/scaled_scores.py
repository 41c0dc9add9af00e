"""Attributions of checkpoints in one unit: attributions of single networks have none in common."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["ScaledScores", "repeated"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaledScores:
    """Scores of checkpoints, each divided by its root mean square when asked for.

    Parameters
    ----------
    given : tuple of arrays, shape [targets, train]
        As they came, perhaps on the disk: there is no second copy of all.
    """

    given: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.given)

    @cached_property
    def sizes(self) -> list[float]:
        """The root mean squares."""
        return [_size(each) for each in self.given]

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield float32 arrays [targets, train]."""
        for each, size in zip(self.given, self.sizes, strict=True):
            kind = np.promote_types(each.dtype, np.float32)
            yield np.divide(each, size, dtype=kind).astype(np.float32, copy=False)

    def weighted(self, weights: np.ndarray) -> np.ndarray:
        """Return a weighted sum of checkpoints, [targets, train]."""
        total = np.zeros(self.given[0].shape)
        for weight, each in zip(weights, self, strict=True):
            if weight:
                total += weight * each
        return total

    def gram(self) -> np.ndarray:
        """Return the mean product of each two checkpoints' scores, [checkpoints, checkpoints]."""
        total = np.zeros((len(self), len(self)))
        for target in range(len(self.given[0])):  # a row of each at a time: no copy of all
            rows = [each[target] / size for each, size in zip(self.given, self.sizes, strict=True)]
            stacked = np.asarray(rows, dtype=np.float64)
            total += stacked @ stacked.T
        return total / self.given[0].size


def _size(scores: np.ndarray) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.square(scores, dtype=np.float64).mean()))


def repeated(scores: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield each pair of checkpoints whose scores are the same up to a factor."""
    sizes = [_size(each) for each in scores]
    for second in range(len(scores)):
        for first in range(second):
            pair = [(scores[each], sizes[each]) for each in (first, second)]
            if all(_alike(*(each[part] / size for each, size in pair)) for part in (0, ...)):
                yield first, second


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    return np.allclose(one, other, rtol=0, atol=1e-5)
