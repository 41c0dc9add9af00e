"""Leave out groups of similar examples instead of single ones.

The number of models that the comparison needs grows with the number of things that may be left out
(docs/explanation/scale.md). Groups of like examples keep a subpopulation together, so that far
fewer models show it; each group is shown by one of its members.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from traindiff import seeding
from traindiff.algorithms import Algorithm, Ensemble
from traindiff.datasets import Dataset
from traindiff.datasets.sources import load
from traindiff.errors import InputError
from traindiff.progress import Advance
from traindiff.study.algorithms import build_algorithm

THUMBNAIL = 8


def grouped(of: Mapping[str, Any], size: int, keep: tuple[int, int]) -> Dataset:
    """Return a data set whose training examples stand for groups of ``size`` each.

    Parameters
    ----------
    of : mapping
        What the [data] section of the ungrouped study says: ``source`` and its arguments; the data
        have a metadata column "part".
    size : int
        Examples of a group, about.
    keep : (int, int)
        Target and verification examples to keep, drawn at random: fewer than groups, and fewer of
        the second, so that the study's parts go by size.

    Returns
    -------
    Dataset
        The group's member nearest to its mean for each group (metadata "members": how many it
        stands for), then the kept target and verification examples.

    Raises
    ------
    InputError
        When ``keep`` is not of that kind, or the data have no parts.
    """
    data, groups = _read(_key(of, size))
    thumbnails = _thumbnails(data.inputs)
    rows = [_nearest(thumbnails, group) for group in groups]
    held_out = _kept(data, keep, len(groups))
    members = np.concatenate([[len(group) for group in groups], np.ones(len(held_out))])
    taken = data.take(np.concatenate([rows, held_out]))
    return replace(taken, metadata={**taken.metadata, "members": members.astype(np.int64)})


def _kept(data: Dataset, keep: tuple[int, int], groups: int) -> np.ndarray:
    targets, verification = keep
    if not groups > targets > verification > 0:
        raise InputError(
            f"keep must be (targets, verification) with {groups} groups > targets > verification "
            f"> 0, found {tuple(keep)}."
        )
    kept = []
    for part, count in (("targets", targets), ("verification", verification)):
        rows = np.flatnonzero(data.metadata["part"] == part)
        if len(rows) < count:
            raise InputError(f"{data.name} has {len(rows)} {part}, but {count} are to be kept.")
        kept.append(np.sort(seeding.stream(0, "groups", part).permutation(rows)[:count]))
    return np.concatenate(kept)


def algorithm(name: str, of: Mapping[str, Any], size: int, recipe: Mapping[str, Any]) -> "OnGroups":
    """Return the algorithm of section ``recipe``, trained on whole groups.

    Parameters
    ----------
    name : str
    of, size
        As for `grouped`.
    recipe : mapping
        What section [a] or [b] of the ungrouped study says.
    """
    inner = build_algorithm({"name": name, **recipe}, name)
    return OnGroups(name=name, inner=inner, of=dict(of), size=size)


@dataclass(frozen=True, kw_only=True)
class OnGroups:
    """A learning algorithm whose masks are over groups of training examples.

    Parameters
    ----------
    name : str
    inner : Algorithm
        Gets every training example, and masks over them.
    of : mapping
    size : int
    """

    name: str
    inner: Algorithm
    of: Mapping[str, Any]
    size: int

    def describe(self) -> dict[str, Any]:
        """Return the inner algorithm's settings, the size and the identity of the whole data."""
        data, _ = self._read()
        return {"inner": self.inner.describe(), "size": self.size, "data": data.fingerprint}

    def check(self, data: Dataset) -> None:
        """Raise `InputError` unless ``data`` hold one example of each group."""
        _, groups = self._read()
        if len(data) != len(groups):
            raise InputError(
                f"{self.name}: the study has {len(data)} training examples, but there are "
                f"{len(groups)} groups: set data.train = {len(groups)}."
            )
        self.inner.check(self._everything()[0])

    def train(
        self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Advance
    ) -> Ensemble:
        """Train one model for each row of ``masks`` [models, groups]."""
        everything, group_of = self._everything()
        # Splits keep the data set's order, and `grouped` that of the groups.
        return self.inner.train(everything, masks[:, group_of], seeds, advance)

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> Ensemble:
        """Return the ensemble whose arrays are given."""
        return self.inner.restore(self._everything()[0], arrays)

    def _read(self) -> tuple[Dataset, list[np.ndarray]]:
        return _read(_key(self.of, self.size))

    def _everything(self) -> tuple[Dataset, np.ndarray]:
        """Return the training examples, and each one's group."""
        data, groups = self._read()
        rows = np.concatenate(groups)
        group_of = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        order = np.argsort(rows)
        return data.take(rows[order]), group_of[order]


def divide(data: Dataset, rows: np.ndarray, size: int) -> list[np.ndarray]:
    """Return ``rows`` in groups of about ``size``, of one class each and alike to look at.

    Each class is halved along the direction in which its thumbnails differ most, until groups are
    small enough: nothing is learned, and nothing is random.
    """
    thumbnails = _thumbnails(data.inputs)
    classes = [rows[data.labels[rows] == label] for label in np.unique(data.labels[rows])]
    return [group for rows in classes for group in _halved(thumbnails, rows, size)]


def _halved(thumbnails: np.ndarray, rows: np.ndarray, size: int) -> list[np.ndarray]:
    if len(rows) <= math.sqrt(2) * size:
        return [np.sort(rows)]
    centred = thumbnails[rows] - thumbnails[rows].mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(centred @ axes[:, -1], kind="stable")
    halves = np.array_split(rows[order], 2)
    return [group for half in halves for group in _halved(thumbnails, half, size)]


def _thumbnails(pictures: np.ndarray) -> np.ndarray:
    """Return pictures averaged over blocks, float64 [examples, numbers]."""
    step = max(1, pictures.shape[-1] // THUMBNAIL)
    side = pictures.shape[-1] // step
    cut = pictures[..., : side * step, : side * step]
    blocks = cut.reshape(len(cut), -1, side, step, side, step).mean(axis=(3, 5))
    return blocks.reshape(len(cut), -1).astype(np.float64)


def _nearest(thumbnails: np.ndarray, group: np.ndarray) -> int:
    away = ((thumbnails[group] - thumbnails[group].mean(axis=0)) ** 2).sum(axis=1)
    return int(group[away.argmin()])


@lru_cache(maxsize=1)
def _read(wanted: str) -> tuple[Dataset, list[np.ndarray]]:
    asked = json.loads(wanted)
    arguments, size = asked["of"], asked["size"]
    data = load(arguments.pop("source"), **arguments)
    if "part" not in data.metadata:
        raise InputError(f"{data.name} has no metadata column 'part'; groups need one.")
    return data, divide(data, np.flatnonzero(data.metadata["part"] == "train"), size)


def _key(of: Mapping[str, Any], size: int) -> str:
    return json.dumps({"of": dict(of), "size": size}, sort_keys=True)
