"""Black-and-white textures drawn by formula, such as the paper's polka dots and spider web."""

from collections.abc import Callable

import numpy as np

__all__ = ["PATTERNS"]


def _grid(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns [1, width] and rows [height, 1] of a canvas, in pixels."""
    return np.arange(width)[None, :], np.arange(height)[:, None]


def _stripes(width: int, height: int, period: int) -> np.ndarray:
    x, y = _grid(width, height)
    return np.asarray(((x + 0 * y) // period) % 2, dtype=np.float32)


def _checker(width: int, height: int, period: int) -> np.ndarray:
    x, y = _grid(width, height)
    return np.asarray((x // period + y // period) % 2, dtype=np.float32)


def _dots(width: int, height: int, period: int) -> np.ndarray:
    """Return discs of a quarter of the period in radius, every second row moved by half."""
    x, y = _grid(width, height)
    row = (y + 0.5) / period
    across = (x + 0.5) / period + 0.5 * (np.floor(row) % 2)
    distance = np.hypot(across % 1 - 0.5, row % 1 - 0.5)
    return np.asarray(distance <= 0.3, dtype=np.float32)


def _web(width: int, height: int, period: int) -> np.ndarray:
    """Return twelve spokes and rings ``period`` pixels apart, all about one pixel wide."""
    x, y = _grid(width, height)
    right, down = x - (width - 1) / 2, y - (height - 1) / 2
    radius, sector = np.hypot(right, down), np.pi / 6
    off = np.arctan2(down, right) % sector
    spoke = radius * np.minimum(off, sector - off) < 0.6
    # Threads between two spokes are straight: a ring is a polygon, not a circle.
    ring = (radius * np.cos(off - sector / 2) + 0.5) % period < 1
    return np.asarray(spoke | ring, dtype=np.float32)


PATTERNS: dict[str, Callable[[int, int, int], np.ndarray]] = {
    "stripes": _stripes,
    "checker": _checker,
    "dots": _dots,
    "web": _web,
}
"""Pattern by name: (width, height, period in pixels) gives [height, width] of 0 and 1."""
