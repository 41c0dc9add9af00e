"""Arrays that people made elsewhere, from .npz and .npy files."""

from pathlib import Path

import numpy as np

from traindiff.errors import InputError
from traindiff.foreign import read_array
from traindiff.outputs import Outputs

__all__ = ["read_examples", "read_outputs", "read_scores"]

REQUIRED = ("masks", "values")


def read_outputs(path: Path) -> Outputs:
    """Return the outputs in an .npz file: masks, values, perhaps predictions and confidences.

    Raises
    ------
    InputError
        When the file can't be read, lacks an array, or holds unusable ones.
    """
    arrays = read_array(path)
    if not isinstance(arrays, dict):
        raise InputError(
            f"{path} holds one array: expected an .npz file with masks [models, train] and values "
            "[models, targets], as numpy.savez_compressed(path, masks=..., values=...) writes it."
        )
    missing = [name for name in REQUIRED if name not in arrays]
    if missing:
        raise InputError(
            f"{path} has no array {missing[0]!r}; it holds {', '.join(sorted(arrays)) or 'none'}."
        )
    try:
        return Outputs(
            masks=arrays["masks"],
            values=arrays["values"],
            predictions=arrays.get("predictions"),
            confidences=arrays.get("confidences"),
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def read_scores(path: Path) -> np.ndarray:
    """Return the array in an .npy file: [targets, train], or with an axis of checkpoints first.

    Raises
    ------
    InputError
        When the file can't be read or holds several arrays.
    """
    array = read_array(path)
    if isinstance(array, dict):
        raise InputError(
            f"{path} holds several arrays ({', '.join(sorted(array))}): expected an .npy file with "
            "one array, [targets, train] or [checkpoints, targets, train]."
        )
    return array


def read_examples(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the arrays ``inputs`` and ``labels`` of an .npz file.

    Raises
    ------
    InputError
        When the file can't be read, or lacks one of them.
    """
    arrays = read_array(path)
    if not isinstance(arrays, dict) or not {"inputs", "labels"} <= arrays.keys():
        raise InputError(
            f"{path} must be an .npz file with inputs [examples, ...] and labels [examples], as "
            "numpy.savez(path, inputs=..., labels=...) writes it."
        )
    return arrays["inputs"], arrays["labels"]
