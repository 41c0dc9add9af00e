"""Pictures of examples: each stored once, on sheets of a few hundred."""

import base64
import io
import zlib
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

__all__ = ["PER_SHEET", "Sheets"]

LARGEST_SIDE = 64
COLUMNS = 16
PER_SHEET = COLUMNS * COLUMNS
"""Browsers decode a sheet whole before they show any of it, so no sheet is large."""


@dataclass(kw_only=True)
class Sheets:
    """Grids of equally large pictures; adding one that is already there costs nothing.

    Parameters
    ----------
    height, width : int
        Size of the inputs, in pixels; larger ones are reduced to `LARGEST_SIDE`.
    budget : int
        Compressed bytes, roughly, after which there is no room for more.
    """

    height: int
    width: int
    budget: int = 7_000_000
    _spent: int = 0
    _tiles: list[np.ndarray] = field(default_factory=list)
    _places: dict[bytes, int] = field(default_factory=dict)

    @property
    def tile(self) -> tuple[int, int]:
        """Height and width of a picture on a sheet, in pixels."""
        shrink = min(1.0, LARGEST_SIDE / max(self.height, self.width))
        return max(1, round(self.height * shrink)), max(1, round(self.width * shrink))

    @property
    def layout(self) -> dict[str, int]:
        """How a place is found: columns, and pictures on a whole sheet."""
        return {"tiles": PER_SHEET, "columns": COLUMNS}

    @property
    def has_room(self) -> bool:
        """Whether the budget allows more pictures."""
        return self._spent < self.budget

    def add(self, image: np.ndarray) -> int:
        """Add a picture in [0, 1], shape [channels, height, width]; return its place."""
        tile = self._reduced(image)
        key = tile.tobytes()
        if key not in self._places:
            self._places[key] = len(self._tiles)
            self._tiles.append(tile)
            self._spent += len(zlib.compress(key, 1))
        return self._places[key]

    def uris(self) -> list[str]:
        """Return the sheets as data URIs; the picture at place p is on sheet p // PER_SHEET."""
        starts = range(0, len(self._tiles), PER_SHEET)
        return [_uri(self._sheet(self._tiles[start : start + PER_SHEET])) for start in starts]

    def _sheet(self, tiles: list[np.ndarray]) -> np.ndarray:
        height, width = self.tile
        rows = 1 + (len(tiles) - 1) // COLUMNS
        canvas = np.zeros((rows * height, COLUMNS * width, tiles[0].shape[2]), np.uint8)
        for place, tile in enumerate(tiles):
            row, column = divmod(place, COLUMNS)
            top, left = row * height, column * width
            canvas[top : top + height, left : left + width] = tile
        return canvas

    def _reduced(self, image: np.ndarray) -> np.ndarray:
        pixels = np.clip(np.round(255 * np.asarray(image, dtype=np.float32)), 0, 255)
        shown = _displayable(pixels.astype(np.uint8).transpose(1, 2, 0))
        height, width = self.tile
        if shown.shape[:2] == (height, width):
            return shown
        reduced = np.asarray(_picture(shown).resize((width, height), Image.Resampling.BOX))
        return reduced.reshape(height, width, -1)


def _picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def _uri(pixels: np.ndarray) -> str:
    buffer = io.BytesIO()
    _picture(pixels).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _displayable(pixels: np.ndarray) -> np.ndarray:
    """Keep grey or RGB; of any other number of channels show their mean."""
    if pixels.shape[2] in (1, 3):
        return pixels
    return np.asarray(pixels.mean(axis=2, keepdims=True)).astype(np.uint8)
