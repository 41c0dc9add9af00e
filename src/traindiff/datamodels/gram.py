"""The Gram matrix of random subsets, kept as the small whole numbers it is made of."""

from typing import NamedTuple

import numpy as np

from traindiff.datamodels.bits import excess_rows, mirror, pack
from traindiff.threads import over_ranges

__all__ = ["Gram", "count", "covariances", "table_type"]


class Gram(NamedTuple):
    """Covariances over models of seeing two training examples.

    The covariance of i and j is scale · table[i, j] − spread[i] · spread[j] − rest[i] − rest[j],
    where both are informative: some models saw the example and others not. Whole numbers of two
    bytes are half the memory, and half the traffic, of float32.
    """

    table: np.ndarray  # int16, int32 or float32 [train, train], symmetric
    scale: np.float32
    spread: np.ndarray  # float32 [train]
    rest: np.ndarray  # float32 [train]
    informative: np.ndarray  # bool [train]

    def dense(self) -> np.ndarray:
        """Return the covariances, float32 [train, train]."""
        square = self.table.astype(np.float32)
        square *= self.scale
        square -= np.outer(self.spread, self.spread)
        square -= self.rest[:, None]
        square -= self.rest
        square[~self.informative] = 0
        square[:, ~self.informative] = 0
        return square


def covariances(square: np.ndarray, informative: np.ndarray) -> Gram:
    """Return covariances [train, train] that were computed otherwise."""
    nothing = np.zeros(len(square), np.float32)
    return Gram(np.asarray(square, np.float32), np.float32(1), nothing, nothing, informative)


def table_type(models: int, means: np.ndarray) -> type[np.signedinteger]:
    """Return the smallest type that holds what `count` counts, for shares ``means`` [train]."""
    _, _, spread = _centre(means)
    largest = models * ((means * (1 - means)).max() + (spread**2).max()) + 1
    return np.int16 if largest <= np.iinfo(np.int16).max else np.int32


def _centre(means: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Return whether some models saw an example and others not; the mean share; what differs."""
    varies = (means > 0) & (means < 1)
    middle = float(means[varies].mean())
    return varies, middle, np.where(varies, means - middle, 0)


def count(masks: np.ndarray, means: np.ndarray, threads: int | None) -> Gram:
    """Count for every two training examples the models that saw both.

    Parameters
    ----------
    masks : bool array, shape [models, train]
    means : array, float64, shape [train]
        Share of the models that saw each example.
    threads : int or None

    Returns
    -------
    Gram
        With m models and p the means, p̄ their mean: the number that saw i and j is close to
        m p̄ (p_i + p_j − p̄), of which the table leaves out a whole number for i and one for j.
    """
    models, (varies, middle, spread) = len(masks), _centre(means)
    expected = models * middle * (middle / 2 + spread)
    whole = np.rint(expected).astype(np.int64)
    rest = np.where(varies, expected - whole, 0) / models
    table = np.empty((len(means), len(means)), table_type(models, means))
    packed = pack(masks)

    def rows(start: int, stop: int) -> None:
        excess_rows(packed, whole, start, stop, table)

    over_ranges(rows, len(means), size=64, threads=threads)
    mirror(table)
    single = np.float32
    return Gram(table, single(1 / models), spread.astype(single), rest.astype(single), varies)
