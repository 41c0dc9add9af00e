"""A dataset from arrays in memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from traindiff.datasets.base import Dataset
from traindiff.datasets.inputs import Modality
from traindiff.errors import InputError

__all__ = ["classes", "from_arrays"]


def from_arrays(
    inputs: Any,
    labels: Any,
    class_names: Sequence[str] | None = None,
    *,
    name: str = "arrays",
    ids: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> Dataset:
    """Return the dataset that arrays hold, its modality told by their shape.

    Parameters
    ----------
    inputs : array_like
        Texts: str, shape [examples]. Tables: numbers, shape [examples, columns]. Images: shape
        [examples, height, width] or [examples, channels, height, width], either floats in [0, 1]
        or 8-bit integers, which are divided by 255.
    labels : array_like, shape [examples]
        Floats make a regression. Everything else makes classes: indices into ``class_names``, or,
        without those, any integers, booleans or str, whose sorted values name the classes.
    class_names : sequence of str, optional
    name : str
    ids : sequence of str, optional
        By default the examples' numbers, from "0".
    columns : sequence of str, optional
        Names of a table's columns; by default "column 0" and so on.

    Raises
    ------
    InputError
        When the arrays are none of the above.

    Examples
    --------
    >>> data = from_arrays([[120.0], [150.0], [99.0]], ["lime", "apple", "lime"])
    >>> data.modality, data.class_names, data.labels.tolist()
    ('table', ('apple', 'lime'), [1, 0, 1])
    """
    modality, values = _inputs(name, _array(name, "inputs", inputs))
    values_of_labels = _array(name, "labels", labels)
    if class_names is None and values_of_labels.dtype.kind != "f":
        class_names, values_of_labels = classes(values_of_labels)
    table = modality == "table"
    default = [f"column {i}" for i in range(values.shape[1])] if table else []
    return Dataset(
        name=name,
        modality=modality,
        inputs=values,
        labels=values_of_labels,
        class_names=None if class_names is None else tuple(class_names),
        ids=tuple(ids) if ids is not None else tuple(map(str, range(len(values)))),
        columns=tuple(columns if columns is not None else default),
    )


def classes(values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the sorted distinct ``values`` as class names, and each value's class index."""
    distinct, indices = np.unique(values, return_inverse=True)
    return tuple(str(value) for value in distinct), indices.astype(np.int64)


def _array(name: str, what: str, values: Any) -> np.ndarray:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(
            f"{name}: {what} must be an array, found rows that differ: {error}"
        ) from None
    if array.dtype == object and array.ndim == 1 and all(isinstance(each, str) for each in array):
        return array.astype(str) if what == "labels" else array
    if array.dtype.kind not in "biufU" or array.ndim == 0:
        raise InputError(
            f"{name}: {what} must be an array of numbers or str, "
            f"found {type(values).__name__} of {array.dtype}, shape {array.shape}."
        )
    return array


def _inputs(name: str, inputs: np.ndarray) -> tuple[Modality, np.ndarray]:
    if inputs.dtype.kind in "UO" and inputs.ndim == 1:
        return "text", inputs
    if inputs.ndim == 2:
        return "table", inputs
    if inputs.ndim in (3, 4):
        images = inputs[:, None] if inputs.ndim == 3 else inputs
        return "image", images.astype(np.float32) / 255 if images.dtype == np.uint8 else images
    raise InputError(
        f"{name}: inputs must be texts [examples], a table [examples, columns] or images "
        f"[examples, channels, height, width], found {inputs.dtype} of shape {inputs.shape}."
    )
