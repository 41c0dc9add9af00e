"""CIFAR-10 from its binary version, which holds no pickle."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from traindiff.datasets.base import Dataset
from traindiff.datasets.published_split import parts_of
from traindiff.errors import InputError

__all__ = ["cifar10"]

_FILES = {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]}
_NAMES = "batches.meta.txt"
_SHAPE = (3, 32, 32)
_RECORD = 1 + 3 * 32 * 32


def cifar10(path: str | Path, *, seed: int = 0) -> Dataset:
    """Return CIFAR-10: 60,000 pictures of 10 classes, 32 × 32 pixels.

    Parameters
    ----------
    path : path
        The folder cifar-10-batches-bin (or the one it is in) of the binary version: five
        data_batch_N.bin, test_batch.bin and batches.meta.txt.
    seed : int
        Decides which held-out examples become targets.

    Returns
    -------
    Dataset
        Metadata ``original_split`` tells "train" from "test"; ``part`` is for a study's ``group``
        (`traindiff.datasets.published_split`).

    Raises
    ------
    InputError
        When a file is missing, is not whole records of this format, or has fewer records than
        another: the six have 10,000 each.
    """
    folder = _folder(Path(path).expanduser())
    names = _class_names(folder / _NAMES)
    read = {
        folder / file: _records(folder / file, len(names))
        for files in _FILES.values()
        for file in files
    }
    _check_whole(read)
    records = np.concatenate(list(read.values()))
    each = len(records) // len(read)
    counts = {split: each * len(files) for split, files in _FILES.items()}
    published = np.repeat(list(counts), list(counts.values()))
    return Dataset(
        name="cifar-10",
        modality="image",
        inputs=np.divide(records[:, 1:].reshape(-1, *_SHAPE), 255, dtype=np.float32),
        labels=records[:, 0].astype(np.int64),
        class_names=names,
        ids=tuple(f"{split}-{i:05d}" for split, count in counts.items() for i in range(count)),
        metadata={
            "original_split": published,
            "part": parts_of(published, seed=seed),
        },
    )


def _folder(root: Path) -> Path:
    for folder in (root, root / "cifar-10-batches-bin"):
        if (folder / _NAMES).is_file():
            return folder
    pickled = any((root / name / "batches.meta").is_file() for name in ("", "cifar-10-batches-py"))
    found = " It holds the pickled Python version, which is not read." if pickled else ""
    raise InputError(
        f"no {_NAMES} in {root} (nor in cifar-10-batches-bin below it): give the folder of "
        f"CIFAR-10's binary version.{found}"
    )


def _class_names(file: Path) -> tuple[str, ...]:
    try:
        names = tuple(file.read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} can't be read: {error}.") from error
    if len(names) < 2 or len(names) > 256:
        raise InputError(f"{file} must name each class on a line of its own, found {len(names)}.")
    return names


def _check_whole(read: Mapping[Path, np.ndarray]) -> None:
    """Refuse a file that was cut between two records, which no other check sees."""
    shortest, longest = (choose(read, key=lambda file: len(read[file])) for choose in (min, max))
    if len(read[shortest]) < len(read[longest]):
        raise InputError(
            f"{shortest} has {len(read[shortest]):,} records, but {longest.name} has "
            f"{len(read[longest]):,}: it is truncated; fetch it again."
        )


def _records(file: Path, classes: int) -> np.ndarray:
    """Return the records of one file: a label, then red, green and blue planes, all bytes."""
    try:
        content = np.frombuffer(file.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise InputError(f"{file} can't be read: {error}; all six files are needed.") from error
    if len(content) == 0 or len(content) % _RECORD:
        raise InputError(
            f"{file} must hold whole records of {_RECORD} bytes, found {len(content)} bytes: it is "
            "truncated or another format; fetch it again."
        )
    records = content.reshape(-1, _RECORD)
    if records[:, 0].max() >= classes:
        raise InputError(
            f"{file} has the label {records[:, 0].max()}, but there are {classes} classes: it is "
            "another data set or damaged."
        )
    return records
