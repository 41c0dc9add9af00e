"""A piece: named arrays that belong together, in one directory that is there whole or not at all.

A piece is a Zarr 3 group with one array each, and piece.json, written last: what determined the
arrays, and a digest of every file. Any Zarr reader can open it.
"""

import hashlib
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from traindiff.errors import StoreError
from traindiff.store.disk import explained, move_whole, remove, sync_tree
from traindiff.store.documents import encode, read_document

__all__ = ["Misfit", "check_piece", "read_piece", "shapes_misfit", "write_piece"]

Misfit = Callable[[Mapping[str, Any]], str | None]

MARKER = "piece.json"
CHUNK_BYTES = 2**25  # of one file; bounds what a reader decompresses at a time


def write_piece(
    path: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray], *, beside: Path
) -> None:
    """Write a piece to ``path``; one that is there makes room once the new one is whole.

    Parameters
    ----------
    path : Path
    about : mapping
        What determined the arrays; JSON-like.
    arrays : mapping of str to array
    beside : Path
        Directory for unfinished work, on the same file system.

    Raises
    ------
    StoreError
        When the disk refuses. Nothing of the new piece is left then, and the old one is kept.
    """
    unfinished, former = beside / path.name, beside / f"{path.name}.former"
    with explained(path, "write"):
        try:
            remove(unfinished)
            _write(unfinished, about, arrays)
            sync_tree(unfinished)
            _exchange(unfinished, path, former)
        finally:
            remove(unfinished)
        remove(former)


def check_piece(path: Path) -> dict[str, Any]:
    """Return what determined a piece, once every byte of it has been checked.

    Raises
    ------
    StoreError
        When a file is missing, too many, or any byte of it has changed.
    """
    about: dict[str, Any] = _checked(path)["about"]
    return about


def read_piece(
    path: Path, misfit: Misfit | None = None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what determined a piece, and its arrays.

    Parameters
    ----------
    path : Path
    misfit : callable, optional
        Says what is wrong with the arrays, or None. It is asked before they are read as a whole:
        a forged shape may ask for more memory than there is.

    Raises
    ------
    StoreError
        When a file is missing, too many, any byte of it has changed, or the arrays do not fit.
    """
    import zarr  # what looks at a run directory needs none of it

    marker = _checked(path)
    with explained(path, "read"):
        try:
            found = {
                name: zarr.open_array(path / name, mode="r", zarr_format=3)
                for name in marker["arrays"]
            }
            wrong = misfit(found) if misfit else None
            arrays = {} if wrong else {name: np.asarray(each[...]) for name, each in found.items()}
        except (ValueError, TypeError, LookupError, RuntimeError, MemoryError) as error:
            wrong = f"zarr can't read it: {error}"
    if wrong:
        raise StoreError(_anew(path, f"{path} does not fit the study ({wrong})"))
    return marker["about"], arrays


def shapes_misfit(
    arrays: Mapping[str, Any], expected: Mapping[str, tuple[tuple[int, ...], str]]
) -> str | None:
    """Return which array is not of the shape and the kinds of type expected, or None.

    Parameters
    ----------
    arrays : mapping of str to array
    expected : mapping of str to (shape, kinds)
        Kinds are those of `numpy.dtype.kind`, such as "iu" for whole numbers.
    """
    for name in sorted(arrays.keys() ^ expected.keys()):
        return f"array {name!r} is {'missing' if name in expected else 'not of the study'}"
    for name, (shape, kinds) in expected.items():
        found = arrays[name]
        if tuple(found.shape) != shape or found.dtype.kind not in kinds:
            return f"{name} must be of shape {shape}, found {found.dtype} of {tuple(found.shape)}"
    return None


def _exchange(new: Path, path: Path, former: Path) -> None:
    """Move ``new`` to ``path``, and what is there to ``former``, or leave all as it was."""
    remove(former)
    there = os.path.lexists(path)
    if there:
        path.rename(former)
    try:
        move_whole(new, path)
    except OSError:
        if there and not os.path.lexists(path):
            former.rename(path)
        raise


def _write(path: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    import zarr
    from zarr.codecs import Crc32cCodec, ZstdCodec

    path.mkdir(parents=True)
    group = zarr.create_group(path, zarr_format=3)
    for name, array in arrays.items():
        group.create_array(
            name,
            data=np.asarray(array, order="C"),
            chunks=_chunks(array),
            compressors=[ZstdCodec(level=1), Crc32cCodec()],
        )
    marker = {"about": dict(about), "arrays": sorted(arrays), "files": _digests(path)}
    (path / MARKER).write_bytes(encode(marker))


def _chunks(array: np.ndarray) -> tuple[int, ...]:
    if array.ndim == 0:
        return ()
    row = array.itemsize * math.prod(array.shape[1:])
    rows = max(1, min(len(array), CHUNK_BYTES // max(row, 1)))
    return (rows, *(max(length, 1) for length in array.shape[1:]))


def _checked(path: Path) -> Any:
    marker = read_document(path / MARKER)
    if not _is_marker(marker):
        raise StoreError(_anew(path, f"{path / MARKER} is damaged: it describes no piece"))
    with explained(path, "read"):
        _check(path, expected=marker["files"], found=_digests(path))
    return marker


def _is_marker(marker: Any) -> bool:
    """Return whether a document says all that a piece's does, of arrays that lie in the piece."""
    match marker:
        case {"about": {"fingerprint": str()}, "arrays": list(names), "files": dict(files)}:
            return all(isinstance(name, str) and f"{name}/zarr.json" in files for name in names)
    return False


def _anew(path: Path, wrong: str) -> str:
    return f"{wrong}, so that {path.name} is to be computed anew."


def _digests(path: Path) -> dict[str, str]:
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != MARKER)
    return {
        file.relative_to(path).as_posix(): hashlib.blake2b(
            file.read_bytes(), digest_size=16
        ).hexdigest()
        for file in files
    }


def _check(path: Path, *, expected: dict[str, str], found: dict[str, str]) -> None:
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            state = "is missing" if name not in found else "is damaged"
            raise StoreError(_anew(path, f"{path / name} {state}"))
