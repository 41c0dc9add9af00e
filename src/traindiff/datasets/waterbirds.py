"""Waterbirds: birds of CUB on places of Places, from its folder with metadata.csv."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from traindiff.datasets.base import Dataset
from traindiff.datasets.pictures import read_squares
from traindiff.datasets.published_split import parts_of
from traindiff.errors import InputError

__all__ = ["waterbirds"]

_METADATA = "metadata.csv"
_CLASSES = ("landbird", "waterbird")
_PLACES = ("land", "water")
_SPLITS = ("train", "val", "test")
_CODES = {"y": _CLASSES, "place": _PLACES, "split": _SPLITS}
_COLUMNS = ("img_filename", *_CODES)


def waterbirds(path: str | Path, *, size: int = 224, seed: int = 0) -> Dataset:
    """Return Waterbirds: 11,788 pictures, as Sagawa et al. (1911.08731) made them.

    Parameters
    ----------
    path : path
        The folder that holds metadata.csv (columns ``img_filename``, ``y``: 1 is a water bird,
        ``place``: 1 is water, ``split``: 0 is train, 1 val, 2 test) and the pictures it names.
    size : int
        Pixels a side (`traindiff.datasets.pictures.read_squares`).
    seed : int
        Decides which held-out examples become targets.

    Returns
    -------
    Dataset
        Metadata: ``place`` ("land" or "water"), ``original_split`` and ``part``, for a study's
        ``group`` (`traindiff.datasets.published_split`); an example's id is its file name.

    Raises
    ------
    InputError
        When metadata.csv is missing, lacks a column, a split, a picture's name or a known code, or
        a picture can't be read.
    """
    root = Path(path).expanduser()
    frame = _metadata(root / _METADATA)
    published = np.array(_SPLITS)[frame["split"]]
    return Dataset(
        name="waterbirds",
        modality="image",
        inputs=read_squares([root / name for name in frame["img_filename"]], size),
        labels=frame["y"].to_numpy(dtype=np.int64),
        class_names=_CLASSES,
        ids=tuple(frame["img_filename"]),
        metadata={
            "place": np.array(_PLACES)[frame["place"]],
            "original_split": published,
            "part": parts_of(published, seed=seed),
        },
    )


def _metadata(file: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(file, dtype={"img_filename": str})
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file} can't be read: {error}; give the folder that holds Waterbirds' {_METADATA}."
        ) from error
    missing = [name for name in _COLUMNS if name not in frame.columns]
    if missing:
        raise InputError(
            f"{file} lacks {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}."
        )
    nameless = frame.index[frame["img_filename"].isna()]
    if len(nameless):
        raise InputError(f"{file}: row {nameless[0]} names no picture in 'img_filename'.")
    frame = frame.assign(**{name: _codes(file, frame[name], _CODES[name]) for name in _CODES})
    absent = [name for i, name in enumerate(_SPLITS) if not (frame["split"] == i).any()]
    if "train" in absent or "test" in absent:
        raise InputError(f"{file} has no example of the split {' nor '.join(absent)}.")
    return frame


def _codes(file: Path, column: "pd.Series[Any]", names: tuple[str, ...]) -> "pd.Series[int]":
    # One word in a column makes text of it all, its numbers included; 0.0 and False are codes too.
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column[~numbers.isin(range(len(names)))]
    if len(wrong):
        listed = ", ".join(f"{i} ({name})" for i, name in enumerate(names))
        raise InputError(
            f"{file}: column {column.name!r} must hold {listed}; row {wrong.index[0]} has "
            f"{str(wrong.iloc[0])!r}."
        )
    return numbers.astype(np.int64)
