"""Places of an image where a direction's training examples differ from the others."""

from typing import NamedTuple

import numpy as np

__all__ = ["Box", "covered", "overlap", "salience", "standout_windows"]

_SIZES = (1 / 9, 1 / 6, 2 / 7, 3 / 7)
"""Sides of the windows, as shares of the image's shorter side."""


class Box(NamedTuple):
    """A rectangle of pixels: its left upper corner and its size."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height


def overlap(a: Box, b: Box) -> float:
    """Return the intersection over union of two rectangles (IoU), in [0, 1]."""
    shared = _shared(a, b)
    return shared / (a.area + b.area - shared)


def covered(a: Box, b: Box) -> float:
    """Return how much of the smaller rectangle lies in the other, in [0, 1]."""
    return _shared(a, b) / min(a.area, b.area)


def _shared(a: Box, b: Box) -> int:
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return max(wide, 0) * max(high, 0)


def salience(images: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Return how far the ``top`` images differ from all others in each pixel, shape [h, w].

    The squared difference of means in units of its standard error, averaged over channels: pixels
    that never vary count as much as busy ones.
    """
    rest = np.setdiff1d(np.arange(len(images)), top)
    if len(rest) == 0 or len(top) == 0:
        return np.zeros(images.shape[-2:])
    difference = images[top].mean(axis=0) - images[rest].mean(axis=0)
    variance = images.var(axis=0) + 1e-3
    return np.asarray((len(top) * difference**2 / variance).mean(axis=0))


def standout_windows(map_: np.ndarray, per_size: int) -> list[Box]:
    """Return, for each of several sizes, the windows of largest mean salience.

    Windows of one size that overlap by more than half count once.
    """
    short = min(map_.shape)
    sides = sorted({min(max(2, round(share * short)), short) for share in _SIZES})
    return [box for side in sides for box in _of_side(map_, side, per_size)]


def _of_side(map_: np.ndarray, side: int, count: int) -> list[Box]:
    total = np.pad(map_, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    chosen: list[Box] = []
    for place in np.argsort(-sums, axis=None, kind="stable"):
        y, x = np.unravel_index(place, sums.shape)
        box = Box(int(x), int(y), side, side)
        if all(overlap(box, other) <= 0.5 for other in chosen):
            chosen.append(box)
        if len(chosen) == count:
            break
    return chosen
