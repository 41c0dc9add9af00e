"""A small picture that a transformation carries: lossless text, so that it fits TOML and JSON."""

import base64
import binascii
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from PIL import Image, UnidentifiedImageError
from pydantic import PlainSerializer, PlainValidator

from traindiff.errors import InputError

__all__ = ["Content", "Picture"]

_LONGEST = 256
"""Pictures from files are scaled down to this many pixels: inputs are small, TOML is text."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Pixels in 8 bits a channel, kept as a PNG whose planes are stacked downwards.

    Parameters
    ----------
    channels : int
        Colour channels: 1 is grey, 3 is red, green and blue; other counts as in the data.
    opaque : bool
        Whether there is no alpha plane.
    png : bytes
        Grey PNG of height x (channels + alpha) rows.
    """

    channels: int
    opaque: bool
    png: bytes

    @classmethod
    def from_array(cls, values: np.ndarray, alpha: np.ndarray | None = None) -> "Picture":
        """Return a picture of ``values`` [channels, height, width] in [0, 1], rounded to 8 bits."""
        values = np.asarray(values, dtype=np.float64)
        if values.ndim != 3 or 0 in values.shape or not np.isfinite(values).all():
            raise InputError(
                "a picture must be finite and have axes [channels, height, width], "
                f"found shape {values.shape}."
            )
        planes = values if alpha is None else np.concatenate([values, alpha[None]])
        pixels = np.round(255 * np.clip(planes, 0, 1)).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels.reshape(-1, pixels.shape[2])).save(file, "PNG")
        return cls(channels=len(values), opaque=alpha is None, png=file.getvalue())

    @classmethod
    def from_file(cls, path: str | Path) -> "Picture":
        """Return the picture in an image file, its longest side at most 256 pixels.

        Raises
        ------
        InputError
            When there is no such file or it is no image.
        """
        try:
            with Image.open(path) as image:
                image.thumbnail((_LONGEST, _LONGEST))
                grey = image.mode in ("1", "L", "LA", "I;16", "I", "F")
                pixels = np.asarray(image.convert("LA" if grey else "RGBA"))
        except (FileNotFoundError, IsADirectoryError) as error:
            raise InputError(f"there is no image file {str(path)!r}.") from error
        except (UnidentifiedImageError, OSError) as error:
            raise InputError(f"{str(path)!r} is not an image that Pillow can read.") from error
        planes = np.moveaxis(pixels / 255, 2, 0)
        return cls.from_array(planes[:-1], None if (planes[-1] == 1).all() else planes[-1])

    @classmethod
    def from_text(cls, text: str) -> "Picture":
        """Return the picture that `to_text` wrote."""
        head, _, body = text.partition(":")
        try:
            layout, count = head[0], int(head[1:])
            png = base64.b64decode(body, validate=True)
            picture = cls(channels=count, opaque=layout == "o", png=png)
            picture.values  # noqa: B018 - decoding is the check
        except (ValueError, IndexError, binascii.Error, UnidentifiedImageError, OSError) as error:
            raise InputError(f"{text[:40]!r} is not a picture written by traindiff.") from error
        return picture

    @classmethod
    def of(cls, name: str, value: Any) -> "Picture":
        """Return ``value`` as a picture: one already, its text form, a file, or an array."""
        if isinstance(value, Picture):
            return value
        if isinstance(value, str):
            return cls.from_text(value)
        if isinstance(value, Path):
            return cls.from_file(value)
        if isinstance(value, np.ndarray):
            return cls.from_array(value)
        raise InputError(f"{name} must be an array [channels, height, width], found {value!r}.")

    def to_text(self) -> str:
        """Return the picture as text from which it can be read again."""
        layout = "o" if self.opaque else "a"
        return f"{layout}{self.channels}:{base64.b64encode(self.png).decode()}"

    @cached_property
    def _planes(self) -> np.ndarray:
        with Image.open(io.BytesIO(self.png)) as image:
            pixels = np.asarray(image.convert("L"), dtype=np.float32) / 255
        return pixels.reshape(self.channels + (not self.opaque), -1, pixels.shape[1])

    @property
    def values(self) -> np.ndarray:
        """Colours, shape [channels, height, width], in [0, 1]."""
        return self._planes[: self.channels]

    @property
    def alpha(self) -> np.ndarray:
        """Opacity, shape [height, width], in [0, 1]; 1 everywhere where the picture is opaque."""
        if self.opaque:
            return np.ones(self._planes.shape[1:], dtype=np.float32)
        return np.asarray(self._planes[-1])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self._planes.shape[2]), int(self._planes.shape[1])

    def resized(self, width: int, height: int) -> "Picture":
        """Return the picture at another size."""
        planes = np.stack(
            [
                np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BOX))
                for plane in self._planes
            ]
        )
        if self.opaque:
            return Picture.from_array(planes)
        return Picture.from_array(planes[:-1], planes[-1])


Content = Annotated[
    Picture,
    PlainValidator(lambda value, info: Picture.of(info.field_name, value)),
    PlainSerializer(Picture.to_text),
]
"""A picture as a parameter of a transformation, written as text."""
