"""Living-17 of the BREEDS benchmarks, from an ImageNet folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from traindiff.datasets.base import Dataset
from traindiff.datasets.pictures import read_squares
from traindiff.datasets.published_split import parts_of
from traindiff.errors import InputError, whole

__all__ = ["LIVING17", "living17"]

LIVING17: dict[str, tuple[str, ...]] = {
    "salamander": ("n01631663", "n01632777", "n01630670", "n01632458"),
    "turtle": ("n01669191", "n01665541", "n01664065", "n01667114"),
    "lizard": ("n01685808", "n01689811", "n01694178", "n01675722"),
    "snake": ("n01740131", "n01735189", "n01751748", "n01742172"),
    "spider": ("n01774750", "n01773157", "n01773797", "n01775062"),
    "grouse": ("n01796340", "n01798484", "n01797886", "n01795545"),
    "parrot": ("n01818515", "n01820546", "n01817953", "n01819313"),
    "crab": ("n01978287", "n01980166", "n01978455", "n01981276"),
    "dog": ("n02088466", "n02086079", "n02111500", "n02086910"),
    "wolf": ("n02114855", "n02114712", "n02114548", "n02114367"),
    "fox": ("n02120505", "n02120079", "n02119022", "n02119789"),
    "domestic cat": ("n02123159", "n02124075", "n02123394", "n02123597"),
    "bear": ("n02134418", "n02133161", "n02134084", "n02132136"),
    "beetle": ("n02172182", "n02174001", "n02167151", "n02168699"),
    "butterfly": ("n02281406", "n02276258", "n02280649", "n02277742"),
    "ape": ("n02483362", "n02480495", "n02480855", "n02481823"),
    "monkey": ("n02490219", "n02493509", "n02493793", "n02492660"),
}
"""Each class and its four ImageNet classes (Santurkar, Tsipras, Madry, 2008.04859)."""

_SPLITS = ("train", "val")
_SUFFIXES = {".jpeg", ".jpg", ".png"}


def living17(
    path: str | Path, *, size: int = 64, limit: int | None = None, seed: int = 0
) -> Dataset:
    """Return Living-17: 17 kinds of animals, each of four ImageNet classes.

    Parameters
    ----------
    path : path
        An ImageNet folder: train/ and val/, each with a folder of pictures for every ImageNet
        class, named by its WordNet id (n01631663, ...). Other classes are passed over.
    size : int
        Pixels a side (`traindiff.datasets.pictures.read_squares`). All 91,800 pictures take
        4.5 GB of memory at 64 pixels, 55 GB at 224, and a study's parts are a second copy.
    limit : int, optional
        At most that many pictures of each ImageNet class in train/, the first by name.
    seed : int
        Decides which examples of val/ become targets.

    Returns
    -------
    Dataset
        Metadata: ``subclass`` (the WordNet id), ``original_split`` and ``part``, for a study's
        ``group`` (`traindiff.datasets.published_split`); an example's id is its path
        below ``path``.

    Raises
    ------
    InputError
        When a split or a class's folder is missing or empty, or a picture can't be read.
    """
    root = Path(path).expanduser()
    whole("limit", 1 if limit is None else limit, of=" picture")
    wanted = {"train": limit, "val": None}
    files = [
        (label, file)
        for split in _SPLITS
        for label, ids in enumerate(LIVING17.values())
        for wordnet_id in ids
        for file in _pictures(root, split, wordnet_id)[: wanted[split]]
    ]
    published = np.array([file.relative_to(root).parts[0] for _, file in files])
    return Dataset(
        name="living-17",
        modality="image",
        inputs=read_squares([file for _, file in files], size),
        labels=np.array([label for label, _ in files]),
        class_names=tuple(LIVING17),
        ids=tuple(file.relative_to(root).as_posix() for _, file in files),
        metadata={
            "subclass": np.array([file.parent.name for _, file in files]),
            "original_split": published,
            "part": parts_of(published, seed=seed),
        },
    )


def _pictures(root: Path, split: str, wordnet_id: str) -> Sequence[Path]:
    folder = root / split / wordnet_id
    if not (root / split).is_dir():
        raise InputError(
            f"{root} has no folder {split!r}; expected an ImageNet folder with {_SPLITS[0]}/ and "
            f"{_SPLITS[1]}/."
        )
    if not folder.is_dir():
        raise InputError(
            f"{folder} is missing; expected a folder of pictures for each ImageNet class, named by "
            "its WordNet id."
        )
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    if not files:
        raise InputError(f"{folder} has no picture ({', '.join(sorted(_SUFFIXES))}).")
    return files
