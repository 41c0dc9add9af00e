"""Rectangles of pixels, and how far two of them overlap."""

from typing import NamedTuple

__all__ = ["Box", "covered", "overlap"]


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
