"""Pixels of images: rectangles of them, blending into them, their channels."""

from typing import Any, NamedTuple

import numpy as np

from traindiff.errors import InputError

__all__ = ["Box", "blend", "covered", "overlap", "paint", "region", "to_channels"]


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


def blend(inputs: np.ndarray, changed: np.ndarray, amount: float | np.ndarray) -> np.ndarray:
    """Return inputs + amount·(changed − inputs) in [0, 1], in the inputs' dtype."""
    mixed = np.clip(inputs + np.float32(amount) * (changed - inputs), 0, 1)
    return np.asarray(mixed, dtype=inputs.dtype)


def region(kind: str, inputs: np.ndarray, box: Box) -> Any:
    """Return the index of a rectangle of every image; x runs right, y down, from the top left.

    Raises
    ------
    InputError
        When the rectangle leaves the images.
    """
    high, wide = inputs.shape[-2:]
    x, y, width, height = box
    if x + width > wide or y + height > high:
        raise InputError(
            f"{kind}: {width}x{height} pixels at x={x}, y={y} leave the image of {wide}x{high}: "
            f"x + width may be at most {wide}, y + height at most {high}."
        )
    return (..., slice(y, y + height), slice(x, x + width))


def paint(
    inputs: np.ndarray, place: Any, content: np.ndarray, amount: float | np.ndarray
) -> np.ndarray:
    """Return images with ``content`` [channels, height, width] blended in at ``place``."""
    painted = inputs.copy()
    painted[place] = blend(inputs[place], to_channels(content, inputs.shape[1]), amount)
    return painted


def to_channels(values: np.ndarray, channels: int) -> np.ndarray:
    """Return ``values`` [its channels, ...] with the number of channels of the data.

    Grey becomes any number of equal channels; colour becomes grey by its mean.

    Raises
    ------
    InputError
        When neither is possible.
    """
    if len(values) == channels:
        return values
    if len(values) == 1:
        return np.repeat(values, channels, axis=0)
    if channels == 1:
        return np.asarray(values.mean(axis=0, keepdims=True))
    raise InputError(
        f"expected 1 or {channels} colour levels, as the images have channels, found {len(values)}."
    )
