"""Arrays that people made elsewhere, from .npz and .npy files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from traindiff.errors import InputError
from traindiff.foreign import read_array
from traindiff.ids import checked_ids, order_like
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = [
    "NamedScores",
    "read_examples",
    "read_named_scores",
    "read_outputs",
    "read_scores",
    "scores_in_one_order",
]

REQUIRED = ("masks", "values")
OPTIONAL = ("predictions", "confidences", "train_ids", "target_ids", "labels")


def read_outputs(path: Path) -> Outputs:
    """Return the outputs in an .npz file: masks, values, perhaps predictions, ids and labels.

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
            **{name: arrays[name] for name in OPTIONAL if name in arrays},
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


@dataclass(frozen=True, kw_only=True, eq=False)
class NamedScores:
    """Scores [..., targets, train], and names of both axes where they are known."""

    scores: np.ndarray
    train_ids: np.ndarray | None = None
    target_ids: np.ndarray | None = None


def read_named_scores(path: Path) -> NamedScores:
    """Return the array in an .npy file, or scores, train_ids and target_ids in an .npz file.

    Raises
    ------
    InputError
        When the file can't be read, has no scores, or ids do not fit them.
    """
    arrays = read_array(path)
    if not isinstance(arrays, dict):
        return NamedScores(scores=arrays)
    if "scores" not in arrays or arrays["scores"].ndim < 2:
        raise InputError(
            f"{path} must hold an array 'scores' [targets, train], or with an axis of checkpoints "
            f"first, beside train_ids and target_ids; it holds {', '.join(sorted(arrays))}."
        )
    scores = arrays["scores"]
    axes = {"train_ids": scores.shape[-1], "target_ids": scores.shape[-2]}
    try:
        ids = {
            name: checked_ids(name, arrays[name], size, "scores")
            for name, size in axes.items()
            if name in arrays
        }
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return NamedScores(scores=scores, **ids)


def scores_in_one_order(a: NamedScores, b: NamedScores) -> Pair[np.ndarray]:
    """Return the scores of A, and of B in A's order where both name their examples.

    Raises
    ------
    InputError
        When they name other examples.
    """
    train = order_like("training examples", a.train_ids, b.train_ids)
    targets = order_like("targets", a.target_ids, b.target_ids)
    scores = b.scores if train is None else b.scores[..., train]
    return Pair(a.scores, scores if targets is None else scores[..., targets, :])


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
