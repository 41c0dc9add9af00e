"""The data of a study: examples, and which of them are trained on, explained and kept back."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from jaxtyping import Real, Shaped

from traindiff.datasets.arrays import fields_of
from traindiff.datasets.inputs import Modality, checked_inputs
from traindiff.errors import InputError
from traindiff.identity import add_array, fingerprint

__all__ = ["PARTS", "Dataset", "Modality", "Splits"]

PARTS = ("train", "targets", "verification")


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Examples with labels; `Dataset.of` makes one of arrays, frames, tensors or texts.

    Parameters
    ----------
    name : str
        What people call it.
    modality : {"image", "table", "text"}
        What one input is.
    inputs : array
        Images: float32 in [0, 1], shape [examples, channels, height, width].
        Tables: float64, shape [examples, columns]; a categorical column holds the index of its
        category in ``categories``. Texts: str objects, shape [examples].
    labels : array, shape [examples]
        int64 class indices, or float64 values when ``class_names`` is None (regression).
    class_names : tuple of str or None
        Name of each class; None for regression.
    ids : tuple of str
        A unique name for each example, kept through every split and report.
    columns : tuple of str
        Names of a table's columns; empty for images and texts.
    categories : tuple
        For each column of a table, the names of its categories, or None where it is numeric;
        left empty, every column is numeric.
    metadata : mapping of str to array, shape [examples]
        Further columns, never trained on, that may explain a subpopulation or group a split.
    notes : tuple of str
        What was left out when the data were read, and how much of it; one sentence each.

    Raises
    ------
    InputError
        When shapes, types, ranges or names contradict the above.

    Examples
    --------
    >>> data = Dataset(
    ...     name="fruit",
    ...     modality="table",
    ...     inputs=np.array([[120.0], [150.0]]),
    ...     labels=np.array([0, 1]),
    ...     class_names=("lime", "apple"),
    ...     ids=("a", "b"),
    ...     columns=("weight",),
    ... )
    >>> len(data), data.n_outputs, data.categories
    (2, 2, (None,))
    """

    name: str
    modality: Modality
    inputs: Shaped[np.ndarray, "examples ..."]
    labels: Real[np.ndarray, " examples"]
    class_names: tuple[str, ...] | None
    ids: tuple[str, ...]
    columns: tuple[str, ...] = ()
    categories: tuple[tuple[str, ...] | None, ...] = ()
    metadata: Mapping[str, Shaped[np.ndarray, " examples"]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse data that no stage could use; keep arrays in the types stated above."""
        inputs = checked_inputs(self.name, self.modality, np.asarray(self.inputs))
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "labels", self._checked_labels(np.asarray(self.labels)))
        metadata = {name: np.asarray(values) for name, values in self.metadata.items()}
        object.__setattr__(self, "metadata", metadata)
        self._check_lengths()
        if len(set(self.ids)) != len(self.ids):
            raise InputError(f"{self.name}: example {_first_repeat(self.ids)!r} appears twice.")
        if self.class_names is not None:
            self._check_classes(self.class_names)
        if self.modality == "table":
            self._check_columns()

    @classmethod
    def of(
        cls,
        inputs: Any,
        labels: Any = None,
        class_names: Sequence[str] | None = None,
        *,
        name: str = "data",
        ids: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        categories: Sequence[Sequence[str] | None] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return the dataset that data in memory hold, its modality told by their shape.

        Parameters
        ----------
        inputs : array_like, tensor, TensorDataset, or pandas DataFrame
            Texts: str, shape [examples]. Tables: numbers, shape [examples, columns]; a frame's
            columns of text, bool or category dtype become categorical. Images: shape [examples,
            height, width] or [examples, channels, height, width], either floats in [0, 1] or 8-bit
            integers, which are divided by 255.
        labels : array_like, tensor or Series, shape [examples]; or str
            Floats make a regression. Everything else makes classes: indices into ``class_names``,
            or, without those, any integers, booleans or str, whose sorted values name the classes.
            The name of a frame's column takes that column. A TensorDataset holds them itself.
        class_names : sequence of str, optional
        name : str
            What people call the data.
        ids : sequence of str, optional
            By default a frame's index where its values differ, or else the examples' numbers, from
            "0".
        columns : sequence of str, optional
            Names of a table's columns; by default a frame's own, or "column 0" and so on.
        categories : sequence, optional
            For each column, the names of its categories, or None where it is numeric.
        metadata : mapping of str to array_like, shape [examples], optional
            As in `Dataset`.

        Raises
        ------
        InputError
            When the data are none of the above.

        Examples
        --------
        >>> Dataset.of([[120.0], [150.0], [99.0]], ["lime", "apple", "lime"], name="fruit")
        Dataset('fruit': table of 3 × 1, 2 classes)
        """
        told = {"ids": ids, "columns": columns, "categories": categories}
        fields = fields_of(name, inputs, labels, class_names, **told)
        return cls(**fields, metadata=metadata or {})

    def __repr__(self) -> str:
        shape = " × ".join(map(str, self.inputs.shape[1:]))
        what = {
            "image": f"{len(self):,} images of {shape}",
            "table": f"table of {len(self):,} × {shape}",
            "text": f"{len(self):,} texts",
        }[self.modality]
        answers = "values" if self.class_names is None else f"{len(self.class_names)} classes"
        return f"Dataset({self.name!r}: {what}, {answers})"

    def _checked_labels(self, labels: np.ndarray) -> np.ndarray:
        regression = self.class_names is None
        kinds, what = ("biuf", "numbers") if regression else ("biu", "class indices")
        if labels.ndim != 1 or labels.dtype.kind not in kinds:
            raise InputError(
                f"{self.name}: labels must be {what} of shape [examples], "
                f"found {labels.dtype} of shape {labels.shape}."
            )
        if not np.isfinite(labels).all():
            raise InputError(f"{self.name}: labels hold NaN or infinite values; drop those rows.")
        return labels.astype(np.float64 if regression else np.int64, copy=False)

    def _check_lengths(self) -> None:
        lengths = {"labels": len(self.labels), "ids": len(self.ids)}
        lengths |= {f"metadata {name!r}": len(values) for name, values in self.metadata.items()}
        for what, length in lengths.items():
            if length != len(self.inputs):
                raise InputError(f"{self.name}: {len(self.inputs)} inputs but {length} {what}.")

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

    def _check_columns(self) -> None:
        categories = self.categories or (None,) * len(self.columns)
        if not len(self.columns) == len(categories) == self.inputs.shape[1]:
            raise InputError(
                f"{self.name}: inputs have {self.inputs.shape[1]} columns, "
                f"but {len(self.columns)} names and {len(categories)} categories."
            )
        if len(set(self.columns)) != len(self.columns):
            raise InputError(f"{self.name}: column {_first_repeat(self.columns)!r} appears twice.")
        for name, known, values in zip(self.columns, categories, self.inputs.T, strict=True):
            if known is not None and not np.isin(values, np.arange(len(known))).all():
                raise InputError(
                    f"{self.name}: column {name!r} must hold indices of its {len(known)} "
                    f"categories, found values from {values.min()} to {values.max()}."
                )
        object.__setattr__(self, "categories", categories)

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def n_outputs(self) -> int:
        """Number of logits a model gives: one a class, or 1 for regression."""
        return 1 if self.class_names is None else len(self.class_names)

    @cached_property
    def fingerprint(self) -> str:
        """Identity of the content: changes with any input, label, class name or id.

        The data set's name, its notes and its metadata, which no model sees, are no part of it.
        """
        digest = hashlib.blake2b(digest_size=16)
        for values in (self.inputs, self.labels):
            add_array(digest, values)
        names = [self.modality, self.class_names, self.ids, self.columns, self.categories]
        digest.update(fingerprint(names).encode())
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
    unused : int
        Number of examples that are in none of them.

    Raises
    ------
    InputError
        When an example is in two parts, or the parts differ in what they hold.
    """

    train: Dataset
    targets: Dataset
    verification: Dataset
    unused: int = 0

    def __post_init__(self) -> None:
        """Check that the parts are disjoint and of one kind."""
        held_out = (("targets", self.targets), ("verification", self.verification))
        seen = set(self.train.ids)
        for name, part in held_out:
            if common := seen.intersection(part.ids):
                raise InputError(
                    f"splits must be disjoint, but {name} shares {len(common)} examples with an "
                    f"earlier part, such as {min(common)!r}."
                )
            if _kind(part) != _kind(self.train):
                raise InputError(f"train and {name} differ in input shape, classes or columns.")
            seen.update(part.ids)

    def __repr__(self) -> str:
        sizes = (f"{len(getattr(self, part))} {part}" for part in PARTS)
        return f"Splits({self.train.name!r}: {', '.join(sizes)})"

    @cached_property
    def fingerprint(self) -> str:
        """Identity of the content of all three parts."""
        parts = (self.train, self.targets, self.verification)
        return fingerprint([part.fingerprint for part in parts])


def _kind(data: Dataset) -> tuple[object, ...]:
    return data.modality, data.inputs.shape[1:], data.class_names, data.columns, data.categories


def _first_repeat(names: tuple[str, ...]) -> str:
    seen: set[str] = set()
    return next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
