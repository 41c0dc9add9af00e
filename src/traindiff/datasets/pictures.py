"""Read picture files."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from traindiff.errors import InputError, whole

__all__ = ["decoded", "read_squares"]

# Pillow's decoders raise all of these for damaged files.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    OverflowError,
    struct.error,
    Image.DecompressionBombError,
)


def decoded(file: Path) -> Image.Image:
    """Return the picture in a file, turned as its EXIF data say.

    Raises
    ------
    InputError
        When it can't be read.
    """
    try:
        with Image.open(file) as opened:
            return ImageOps.exif_transpose(opened)
    except _DECODER_ERRORS as error:
        raise InputError(f"{file} can't be read as a picture: {error}.") from error


def read_squares(files: Sequence[Path], size: int) -> np.ndarray:
    """Return the middle squares of picture files, in colour.

    Parameters
    ----------
    files : sequence of path
    size : int
        Pixels that the shorter side is scaled to, bilinearly; what the longer one has beyond is cut
        off evenly.

    Returns
    -------
    array, float32, shape [files, 3, size, size]
        In [0, 1].

    Raises
    ------
    InputError
        When the size is not positive or a file can't be read.
    """
    whole("size", size, of=" pixel")
    pictures = np.empty((len(files), 3, size, size), dtype=np.float32)
    for i, file in enumerate(files):
        picture = decoded(file).convert("RGB")
        square = ImageOps.fit(picture, (size, size), Image.Resampling.BILINEAR)
        pictures[i] = np.asarray(square, dtype=np.float32).transpose(2, 0, 1) / 255
    return pictures
