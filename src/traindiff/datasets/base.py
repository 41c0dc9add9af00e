"""The data of a study: examples, and which of them are trained on, explained and kept back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Self

import numpy as np

from traindiff import seeding
from traindiff.errors import InputError

__all__ = ["Dataset", "Modality", "Splits"]

Modality = Literal["image", "table", "text"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Examples with labels.

    Parameters
    ----------
    name : str
        What people call it.
    modality : {"image", "table", "text"}
        What one input is.
    inputs : array
        Images: float32 in [0, 1], shape [examples, channels, height, width].
        Tables: float64, shape [examples, columns]; a categorical column holds the index of its
        category in ``categories``. Texts: str, shape [examples].
    labels : array, shape [examples]
        int64 class indices, or float64 values when ``class_names`` is None (regression).
    class_names : tuple of str or None
        Name of each class; None for regression.
    ids : tuple of str
        A unique name for each example, kept through every split and report.
    columns : tuple of str
        Names of a table's columns; empty for images and texts.
    categories : tuple
        For each column of a table, the names of its categories, or None where it is numeric.
    metadata : mapping of str to array, shape [examples]
        Further columns, never trained on, that may explain a subpopulation.
    """

    name: str
    modality: Modality
    inputs: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...] | None
    ids: tuple[str, ...]
    columns: tuple[str, ...] = ()
    categories: tuple[tuple[str, ...] | None, ...] = ()
    metadata: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse data that no stage could use."""
        count = len(self.inputs)
        for what, length in (("labels", len(self.labels)), ("ids", len(self.ids))):
            if length != count:
                raise InputError(f"{self.name}: {count} inputs but {length} {what}.")
        if len(set(self.ids)) != count:
            raise InputError(f"{self.name}: example {_first_repeat(self.ids)!r} appears twice.")
        if self.modality != "text" and not np.isfinite(self.inputs).all():
            raise InputError(f"{self.name}: inputs hold NaN or infinite values; fill or drop them.")
        if not np.isfinite(self.labels).all():
            raise InputError(f"{self.name}: labels hold NaN or infinite values; drop those rows.")
        if self.class_names is not None:
            self._check_classes(self.class_names)
        for name, values in self.metadata.items():
            if len(values) != count:
                raise InputError(
                    f"{self.name}: metadata {name!r} has {len(values)} values for {count} inputs."
                )

    def _check_classes(self, names: tuple[str, ...]) -> None:
        if len(set(names)) != len(names):
            raise InputError(f"{self.name}: class {_first_repeat(names)!r} is named twice.")
        if len(names) < 2:
            raise InputError(f"{self.name}: expected at least 2 classes, found {len(names)}.")
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(names):
            raise InputError(
                f"{self.name}: labels must lie in [0, {len(names)}), "
                f"found {self.labels.min()} to {self.labels.max()}."
            )

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def n_outputs(self) -> int:
        """Number of logits a model gives: one a class, or 1 for regression."""
        return 1 if self.class_names is None else len(self.class_names)

    @cached_property
    def fingerprint(self) -> str:
        """Identity of the content: changes with any input, label, class name or id."""
        digest = hashlib.blake2b(digest_size=16)
        for array in (self.inputs, self.labels):
            values = (
                array.astype("U") if self.modality == "text" and array is self.inputs else array
            )
            digest.update(f"{values.dtype.str}{values.shape}".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
        names = [self.modality, self.class_names, self.ids, self.columns, self.categories]
        digest.update(seeding.fingerprint(names).encode())
        return digest.hexdigest()

    def take(self, indices: np.ndarray) -> Self:
        """Return the examples at ``indices``, in that order."""
        indices = np.asarray(indices)
        return replace(
            self,
            inputs=self.inputs[indices],
            labels=self.labels[indices],
            ids=tuple(self.ids[i] for i in indices),
            metadata={name: values[indices] for name, values in self.metadata.items()},
        )


@dataclass(frozen=True, kw_only=True)
class Splits:
    """One study's data, divided into three disjoint parts once and for all.

    Parameters
    ----------
    train : Dataset
        Examples that may be left out of a model's subset: the train axis.
    targets : Dataset
        Held-out examples whose outputs are explained: the targets axis. Hypotheses are discovered
        on these.
    verification : Dataset
        Held-out examples that no earlier step sees.
    """

    train: Dataset
    targets: Dataset
    verification: Dataset

    @cached_property
    def fingerprint(self) -> str:
        """Identity of the content of all three parts."""
        parts = (self.train, self.targets, self.verification)
        return seeding.fingerprint([part.fingerprint for part in parts])


def _first_repeat(names: tuple[str, ...]) -> str:
    seen: set[str] = set()
    return next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
