"""A dataset from what people have in memory: arrays, frames, tensors, texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from traindiff.datasets.columns import classes, encoded_columns
from traindiff.datasets.inputs import Modality
from traindiff.errors import InputError, one_of

__all__ = ["Given", "fields_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """What a person gave, as arrays; what they left open is None.

    Parameters
    ----------
    inputs, labels : object
        Whatever `numpy.asarray` takes.
    ids, columns : sequence of str, optional
    categories : sequence, optional
        For each column the names of its categories, or None where it is numeric.
    """

    inputs: Any
    labels: Any
    ids: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    categories: Sequence[Sequence[str] | None] | None = None


def fields_of(
    name: str, inputs: Any, labels: Any, class_names: Sequence[str] | None, **told: Any
) -> dict[str, Any]:
    """Return the fields of the dataset that ``inputs`` and ``labels`` make (see `Dataset.of`).

    Parameters
    ----------
    name : str
    inputs, labels : object
    class_names : sequence of str or None
    **told
        Fields of `Given` that the person names; they go before what the data say.

    Raises
    ------
    InputError
        When the data are none that `Dataset.of` takes.
    """
    given = _READERS.get(_kind(inputs), _plain)(name, inputs, labels)
    given = replace(given, **{key: value for key, value in told.items() if value is not None})
    modality, values = _inputs(name, _array(name, "inputs", given.inputs))
    answers = _array(name, "labels", given.labels)
    if class_names is None and answers.dtype.kind != "f":
        class_names, answers = classes(answers)
    default = [f"column {i}" for i in range(values.shape[1])] if modality == "table" else []
    return {
        "name": name,
        "modality": modality,
        "inputs": values,
        "labels": answers,
        "class_names": None if class_names is None else tuple(class_names),
        "ids": tuple(map(str, range(len(values)) if given.ids is None else given.ids)),
        "columns": tuple(default if given.columns is None else given.columns),
        "categories": tuple(
            None if each is None else tuple(each) for each in given.categories or ()
        ),
    }


def _kind(inputs: Any) -> str:
    # By name: pandas and torch take seconds to import, and may not be what was given.
    mine = type(inputs)
    return f"{mine.__module__.partition('.')[0]}.{mine.__name__}"


def _plain(name: str, inputs: Any, labels: Any) -> Given:
    if labels is None:
        raise InputError(f"{name}: labels are needed, one an example: Dataset.of(inputs, labels).")
    return Given(inputs=inputs, labels=labels)


def _frame(name: str, inputs: Any, labels: Any) -> Given:
    """Return a pandas frame's columns; ``labels`` may name the one to predict."""
    if isinstance(labels, str):
        column = one_of("column", labels, inputs.columns.map(str), f"labels: {name}")
        inputs = inputs.set_axis(inputs.columns.map(str), axis=1)
        inputs, labels = inputs.drop(columns=column), inputs[column]
    values, categories = encoded_columns(name, inputs)
    return replace(
        _plain(name, values, labels),
        columns=[str(column) for column in inputs.columns],
        categories=categories,
        # An index with repeats, such as that of two frames put together, names no row.
        ids=inputs.index.map(str).tolist() if inputs.index.is_unique else None,
    )


def _tensor_dataset(name: str, inputs: Any, labels: Any) -> Given:
    if labels is not None or len(inputs.tensors) != 2:
        raise InputError(
            f"{name}: a TensorDataset must hold inputs and labels, with no other labels beside "
            f"it; found {len(inputs.tensors)} tensors."
        )
    return Given(inputs=inputs.tensors[0], labels=inputs.tensors[1])


_READERS: dict[str, Callable[[str, Any, Any], Given]] = {
    "pandas.DataFrame": _frame,
    "torch.TensorDataset": _tensor_dataset,
}

_TENSORS: Mapping[str, Callable[[Any], Any]] = {
    "torch.Tensor": lambda values: values.detach().cpu().numpy(),
}


def _array(name: str, what: str, values: Any) -> np.ndarray:
    try:
        array = np.asarray(_TENSORS.get(_kind(values), np.asarray)(values))
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
