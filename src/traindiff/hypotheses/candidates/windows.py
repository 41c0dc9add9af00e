"""Places of an image where a direction's training examples differ from the others."""

import numpy as np

from traindiff.transforms.images.boxes import Box, overlap

__all__ = ["salience", "standout_windows"]

_SIZES = (1 / 9, 1 / 6, 2 / 7, 3 / 7)
"""Sides of the windows, as shares of the image's shorter side."""


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
