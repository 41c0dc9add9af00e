"""Attribution scores by the command line: made from checkpoints, or read from other libraries."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from traindiff.attribution.adapters import ADAPTERS, Axes
from traindiff.attribution.attribute import attribute
from traindiff.cli.arrays import NamedScores, read_examples, read_named_scores, read_scores
from traindiff.datasets.groups import Groups
from traindiff.errors import InputError
from traindiff.plugin import call, resolve
from traindiff.progress import Progress
from traindiff.store.disk import explained

__all__ = ["attribute_files", "library_options", "read_library_scores"]


def read_library_scores(
    path: Path, library: str | None, n_train: int | None, n_targets: int | None, axes: Axes | None
) -> NamedScores:
    """Return scores [targets, train] from a file of that orientation, or a library's file.

    Raises
    ------
    InputError
        When the file is not what it is said to be, or the numbers of examples are missing.
    """
    if library is None:
        return read_named_scores(path)
    if n_train is None or n_targets is None:
        raise InputError(
            f"--format {library} needs --train and --targets, the numbers of training examples and "
            "of targets: libraries differ in which axis comes first, and nothing is guessed."
        )
    found = ADAPTERS[library](path, n_train=n_train, n_targets=n_targets, axes=axes)
    return NamedScores(scores=found)


def library_options(
    library: str | None, n_train: int | None, n_targets: int | None, axes: Axes | None
) -> str:
    """Return the options that read the same files again, as a report's command has them."""
    given = {
        "format": library,
        "train": n_train,
        "targets": n_targets,
        "axes": axes and f'"{axes}"',
    }
    return "".join(f" --{name} {value}" for name, value in given.items() if value is not None)


def attribute_files(
    model: str,
    checkpoints: Sequence[Path],
    train: Path,
    targets: Path,
    out: Path,
    *,
    method: str,
    groups: Path | None,
    store: Path | None,
    device: str,
    seed: int,
    progress: Progress,
) -> tuple[int, ...]:
    """Attribute checkpoint files and write the scores; return their shape.

    Raises
    ------
    InputError
        When a file is not what it should be, or the model does not fit.
    StoreError
        When ``out`` can't be written.
    """
    if out.suffix != ".npy":
        raise InputError(f"--out must name an .npy file, found {out}.")
    with explained(out, "write"):  # before hours of work
        out.parent.mkdir(parents=True, exist_ok=True)
    scores = attribute(
        call(resolve(model), {}, model),
        checkpoints,
        (read_examples(train), read_examples(targets)),
        method=method,
        groups=None if groups is None else Groups.of(read_scores(groups)),
        device=device,
        seed=seed,
        store=store,
        progress=progress,
    )
    with explained(out, "write"):
        np.save(out, scores)
    return scores.shape
