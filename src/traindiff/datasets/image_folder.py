"""Pictures in folders, one folder a class."""

from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from traindiff.datasets.base import Dataset
from traindiff.datasets.pictures import decoded
from traindiff.errors import InputError

__all__ = ["image_folder"]

_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}


def image_folder(
    path: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    mode: Literal["RGB", "L"] = "RGB",
) -> Dataset:
    """Return the pictures below ``path``: every sub-folder is a class and holds its examples.

    Parameters
    ----------
    path : path
        Sub-folders of a class are searched too. Hidden files are passed over; other files that
        are not pictures by their names are counted in `Dataset.notes`.
    size : int or (height, width), optional
        Pixels to resize to, bilinearly and without regard to proportions; by default the pictures
        keep their size, which must be the same for all.
    mode : {"RGB", "L"}
        Colour, or grey. Transparency is ignored, and a picture is turned as its EXIF data say.

    Returns
    -------
    Dataset
        Classes in the order of their names; an example's id is its path below ``path``.

    Raises
    ------
    InputError
        When a folder is missing or empty, or a picture can't be read or is of another size.
    """
    root = Path(path).expanduser()
    if mode not in ("RGB", "L"):
        raise InputError(f"mode must be 'RGB' or 'L', found {mode!r}.")
    files, notes = _files(root)
    pictures = [picture for each in files.values() for picture in each]
    return Dataset(
        name=root.name,
        modality="image",
        inputs=_read_all(pictures, _shape(size), mode),
        labels=np.repeat(np.arange(len(files)), [len(each) for each in files.values()]),
        class_names=tuple(files),
        ids=tuple(picture.relative_to(root).as_posix() for picture in pictures),
        notes=notes,
    )


def _files(root: Path) -> tuple[dict[str, list[Path]], tuple[str, ...]]:
    """Return the pictures of each class, and a note on the files passed over."""
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; relative paths start at {Path.cwd()}.")
    folders = sorted(each for each in root.iterdir() if each.is_dir() and each.name[0] != ".")
    if len(folders) < 2:
        raise InputError(
            f"{root} has {len(folders)} sub-folders; expected at least 2, one a class, with its "
            "pictures inside."
        )
    found = {folder.name: _visible(folder) for folder in folders}
    pictures = {
        name: [file for file in files if file.suffix.lower() in _SUFFIXES]
        for name, files in found.items()
    }
    for name, files in pictures.items():
        if not files:
            raise InputError(f"{root / name} has no picture ({', '.join(sorted(_SUFFIXES))}).")
    others = sorted(set().union(*found.values()) - set().union(*pictures.values()))
    if not others:
        return pictures, ()
    first = others[0].relative_to(root).as_posix()
    many = len(others) > 1
    plural = f"{len(others)} files that are not pictures" if many else "1 file that is no picture"
    return pictures, (f"{plural} passed over, such as {first}.",)


def _visible(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [f for f in files if not any(p[0] == "." for p in f.relative_to(folder).parts)]


def _shape(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    sides = np.atleast_1d(size)
    if sides.dtype.kind not in "iu" or sides.size > 2 or sides.min() < 1:
        raise InputError(f"size must be pixels, such as 64 or [48, 64] (height, width): {size!r}.")
    height, width = np.broadcast_to(sides, 2).tolist()
    return height, width


def _read_all(files: list[Path], shape: tuple[int, int] | None, mode: str) -> np.ndarray:
    first = _read(files[0], shape, mode)
    images = np.empty((len(files), *first.shape), dtype=np.float32)
    for i, file in enumerate(files):
        image = _read(file, shape, mode)
        if image.shape != first.shape:
            raise InputError(
                f"{file} is {image.shape[1]} pixels high and {image.shape[2]} wide, but "
                f"{files[0]} {first.shape[1]} and {first.shape[2]}; set size to resize all."
            )
        images[i] = image
    return images


def _read(file: Path, shape: tuple[int, int] | None, mode: str) -> np.ndarray:
    """Return one picture, float32 in [0, 1], shape [channels, height, width]."""
    picture = decoded(file).convert(mode)
    if shape is not None:
        picture = picture.resize(shape[::-1], Image.Resampling.BILINEAR)
    pixels = np.asarray(picture, dtype=np.float32) / 255
    return np.atleast_3d(pixels).transpose(2, 0, 1)
