"""Scores that other libraries wrote, as arrays [targets, train].

Libraries differ in which axis comes first. Each adapter knows its library's order, holds the file
against the numbers of training examples and targets, and never guesses: where the two are equal the
file can't tell which axis is which, and the caller must say. Signs are left as they were written.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors.torch import load_file

from traindiff.attribution.tensors import read_tensors
from traindiff.errors import InputError, unknown
from traindiff.foreign import read_array, reading

__all__ = [
    "ADAPTERS",
    "Axes",
    "from_bergson",
    "from_captum",
    "from_dattri",
    "from_kronfluence",
    "from_trak",
]

Axes = Literal["targets, train", "train, targets"]
"""Which axis of a file comes first."""


def from_trak(
    path: str | Path, *, n_train: int, n_targets: int, axes: Axes | None = None
) -> np.ndarray:
    """Return the scores that ``TRAKer.finalize_scores`` wrote, [targets, train].

    Parameters
    ----------
    path : path
        ``SAVE_DIR/scores/EXPERIMENT.mmap``, [train, targets] (traker 0.3.2); the
        ``experiments.json`` beside its directory must say that it is finished.
    n_train, n_targets : int
        What the file must hold.
    axes : {"targets, train", "train, targets"}, optional
        Needed only where ``n_train == n_targets``.

    Raises
    ------
    InputError
        When the file is not such a file, is unfinished, or has other numbers of examples.
    """
    path = Path(path)
    experiments = path.parent.parent / "experiments.json"
    entry = _json(experiments).get(path.stem)
    if not isinstance(entry, dict) or not entry.get("scores_finalized"):
        raise InputError(
            f"{experiments} does not say that the scores of {path.stem!r} are finished: call "
            "TRAKer.finalize_scores first."
        )
    return _oriented(_npy(path), path, "train, targets", axes, n_train, n_targets)


def from_kronfluence(
    path: str | Path,
    *,
    n_train: int,
    n_targets: int,
    axes: Axes | None = None,
    module: str = "all_modules",
) -> np.ndarray:
    """Return the scores that ``Analyzer.compute_pairwise_scores`` wrote, [targets, train].

    Parameters
    ----------
    path : path
        ``.../scores_NAME/pairwise_scores.safetensors``, [query, train] (kronfluence 1.0.1).
    n_train, n_targets, axes
        As of `from_trak`.
    module : str
        Whose scores: all modules' sum, or one of those computed ``per_module_scores``.

    Raises
    ------
    InputError
        When the file is not such a file, lacks the module, or has other numbers of examples.
    """
    tensors = reading(path, "a safetensors file of kronfluence", lambda: dict(load_file(path)))
    if module not in tensors:
        raise InputError(unknown("module", module, tensors, str(path)))
    scores = tensors[module].float().numpy()
    return _oriented(scores, path, "targets, train", axes, n_train, n_targets)


def from_bergson(
    path: str | Path, *, n_train: int, n_targets: int, axes: Axes | None = None
) -> np.ndarray:
    """Return the scores that ``bergson score`` wrote, [targets, train].

    Parameters
    ----------
    path : path
        The score directory: ``scores.bin`` and ``info.json``, a row a training document, a column
        a query (bergson 2.5). Its ``info.json`` tells which is which, so ``axes`` is not needed.
    n_train, n_targets, axes
        As of `from_trak`.

    Raises
    ------
    InputError
        When it is not such a directory, holds scores of single tokens or of chosen candidates
        only, is unfinished, or has other numbers of examples.
    """
    path = Path(path)
    info = _json(path / "info.json")
    if info.get("attribute_tokens") or (path / "candidates.npy").exists():
        raise InputError(
            f"{path} holds scores of single tokens, or of some training documents only: score "
            "whole documents, all of them."
        )
    try:
        rows, columns = int(info["num_rows"]), int(info["num_scores"])
        records = np.memmap(path / "scores.bin", dtype=info["dtype"], mode="r", shape=(rows,))
        written = all(records[f"written_{i}"].all() for i in range(columns))
        scores = np.array([records[f"score_{i}"] for i in range(columns)], dtype=np.float32)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path} is no readable score directory of bergson: {error}") from error
    if not written:
        raise InputError(f"{path} is unfinished: some scores were never written. Resume bergson.")
    # The layout names documents and queries: equal numbers of both leave nothing to be told.
    return _oriented(scores, path, "targets, train", axes or "targets, train", n_train, n_targets)


def from_dattri(
    scores: Any, *, n_train: int, n_targets: int, axes: Axes | None = None
) -> np.ndarray:
    """Return the scores that a dattri attributor returned, [targets, train].

    Parameters
    ----------
    scores : path or array
        What ``attributor.attribute(...)`` returned, [train, targets] (dattri 0.3.0), or a file of
        it by torch.save or numpy.save.
    n_train, n_targets, axes
        As of `from_trak`.

    Raises
    ------
    InputError
        When it is no array, or has other numbers of examples.
    """
    return _oriented(_given(scores), scores, "train, targets", axes, n_train, n_targets)


def from_captum(
    scores: Any, *, n_train: int, n_targets: int, axes: Axes | None = None
) -> np.ndarray:
    """Return the scores that captum's ``influence(inputs)`` returned, [targets, train].

    Parameters
    ----------
    scores : path or array
        What ``TracInCP(...).influence(inputs)`` returned, [inputs, train] (captum 0.9.0), or a
        file of it by torch.save or numpy.save.
    n_train, n_targets, axes
        As of `from_trak`.

    Raises
    ------
    InputError
        When it is no array, or has other numbers of examples.
    """
    return _oriented(_given(scores), scores, "targets, train", axes, n_train, n_targets)


ADAPTERS: dict[str, Callable[..., np.ndarray]] = {
    "bergson": from_bergson,
    "captum": from_captum,
    "dattri": from_dattri,
    "kronfluence": from_kronfluence,
    "trak": from_trak,
}


def _oriented(
    scores: np.ndarray, source: Any, known: Axes, told: Axes | None, n_train: int, n_targets: int
) -> np.ndarray:
    """Return finite scores [targets, train], once shape and order are beyond doubt."""
    where = str(source) if isinstance(source, str | Path) else "the scores"
    if n_train == n_targets and told is None:
        raise InputError(
            f"{where}: as many targets as training examples ({n_train}), so the shape can't tell "
            f"which axis is which: give axes='targets, train' or axes='train, targets' (by "
            f"its documentation this library writes [{known}])."
        )
    order = told or known
    expected = (n_train, n_targets) if order == "train, targets" else (n_targets, n_train)
    if scores.shape != expected:
        turned = (
            " It fits the other way round: give axes." if scores.shape == expected[::-1] else ""
        )
        raise InputError(
            f"{where}: expected [{order}] of shape {expected}, found {scores.shape}.{turned}"
        )
    if scores.dtype.kind not in "fiu":
        raise InputError(f"{where} must hold real numbers, found {scores.dtype}.")
    with np.errstate(over="ignore"):
        scores = scores.astype(np.float32)
    if not np.isfinite(scores).all():
        first, second = np.argwhere(~np.isfinite(scores))[0]
        raise InputError(f"{where} holds NaN or infinite scores, the first at [{first}, {second}].")
    return np.ascontiguousarray(scores.T if order == "train, targets" else scores, np.float32)


def _given(scores: Any) -> np.ndarray:
    """Return scores of a file or in memory, by one way of conversion for both."""
    where, found = "the scores", scores
    if isinstance(scores, str | Path):
        where, path = str(scores), Path(scores)
        if path.suffix in (".npy", ".npz"):
            return _npy(path)
        found = read_tensors(path, "one tensor by torch.save, or .npy")
        if not isinstance(found, torch.Tensor):
            raise InputError(f"{path} must hold one tensor, found a {type(found).__name__}.")
    if isinstance(found, list | tuple):
        raise InputError(
            f"{where} must be one array, found a {type(found).__name__}; captum returns scores of "
            "all training examples where influence is called without k."
        )
    tensor = torch.as_tensor(found).detach().cpu()
    dense = tensor if tensor.layout == torch.strided else tensor.to_dense()
    # NumPy has no bfloat16.
    return (dense.float() if dense.dtype in (torch.bfloat16, torch.float16) else dense).numpy()


def _npy(path: Path) -> np.ndarray:
    found = read_array(path)
    if not isinstance(found, np.ndarray):
        raise InputError(f"{path} must hold one array, found {', '.join(found) or 'none'}.")
    return found


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read: {error}") from error
    return found if isinstance(found, dict) else {}
