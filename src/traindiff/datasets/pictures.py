"""Read picture files."""

import struct
import warnings
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
)


def decoded(file: Path) -> Image.Image:
    """Return the picture in a file, turned as its EXIF data say.

    Raises
    ------
    InputError
        When it can't be read, has more than 8 bits a channel, or more than 89 million pixels
        (`PIL.Image.MAX_IMAGE_PIXELS`).
    """
    try:
        with warnings.catch_warnings():
            # Pillow's other warnings are of tags it skips; pixels that are damaged are errors.
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as opened:
                _refuse_deep(file, opened)
                return ImageOps.exif_transpose(opened)
    except InputError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        most = (Image.MAX_IMAGE_PIXELS or 0) / 1e6
        raise InputError(
            f"{file} has more than {most:.0f} million pixels, too many to decode: scale it down."
        ) from error
    except _DECODER_ERRORS as error:
        raise InputError(f"{file} can't be read as a picture: {error}.") from error


def _refuse_deep(file: Path, picture: Image.Image) -> None:
    """Refuse more than 8 bits a channel, which Pillow would cut off without a word."""
    stored = [picture.mode] if picture.mode.startswith(("I", "F")) else []
    for tile in getattr(picture, "tile", ()):
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        stored += [each for each in arguments if isinstance(each, str) and ";16" in each]
        if tile[0] in ("ppm", "ppm_plain") and arguments[-1] > 255:
            stored.append(f"{arguments[0]} up to {arguments[-1]}")
    if stored:
        raise InputError(
            f"{file} has pixels of mode {stored[-1]!r}; convert it to 8 bits a channel."
        )


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
