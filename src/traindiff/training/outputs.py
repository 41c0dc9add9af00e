"""From masks and seeds to the outputs of trained models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.algorithms import Algorithm, default_chunk
from traindiff.datasets import Dataset
from traindiff.outputs import Outputs
from traindiff.progress import Progress, Silent
from traindiff.store import MemoryStore, Pieces
from traindiff.training.chunks import finish
from traindiff.training.divergence import Divergence, finite
from traindiff.training.engines import Engine, Inline
from traindiff.training.work import OutputsWork, cut

__all__ = ["TrainedOutputs", "train_outputs"]

NONE = np.zeros(0, dtype=int)


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedOutputs:
    """The outputs of one algorithm's models.

    Parameters
    ----------
    outputs : Outputs
        Of the models that did not diverge.
    kept : bool array, shape [models]
        Which models those are, among all that were asked for.
    diverged : tuple of (int, int)
        Index and seed of each model left out, because an output was NaN or infinite.
    repaired : tuple of str
        What was found damaged in the store and trained anew, file by file.
    failures : int
        How many calls of a person's script failed, and were tried again.
    """

    outputs: Outputs
    kept: np.ndarray
    diverged: tuple[tuple[int, int], ...]
    repaired: tuple[str, ...]
    failures: int = 0


def train_outputs(
    algorithm: Algorithm,
    train: Dataset,
    targets: Dataset,
    masks: np.ndarray,
    seeds: Sequence[int],
    *,
    output: str = "margin",
    engine: Engine | None = None,
    chunk: int | None = None,
    pieces: Pieces | None = None,
    name: str = "outputs",
    progress: Progress | None = None,
) -> TrainedOutputs:
    """Train one model per row of ``masks`` and return what each says about every target.

    Chunks that ``pieces`` already holds are not trained again. The result is the same, bit for
    bit, whatever the engine and however often the work was interrupted.

    Parameters
    ----------
    algorithm : Algorithm
    train, targets : Dataset
    masks : bool array, shape [models, train]
    seeds : sequence of int, length models
    output : str
        Name of an output function (`traindiff.outputs.OUTPUT_FUNCTIONS`).
    engine : Engine, optional
        Where to train; by default in this process.
    chunk : int, optional
        Models a task; by default what `traindiff.algorithms.default_chunk` says. Part of the study:
        it may change outputs by rounding.
    pieces : Pieces, optional
        Where finished chunks are kept; by default nowhere.
    name : str
        Of the pieces, such as "outputs/a".
    progress : Progress, optional

    Returns
    -------
    TrainedOutputs

    Raises
    ------
    InputError
        When the algorithm can't learn from ``train``, or shapes and the output do not fit.
    TrainingError
        When more than a tenth of the models diverge, or workers keep dying.
    StoreError
        When the disk refuses. Chunks finished before are kept.
    """
    work = OutputsWork(algorithm=algorithm, train=train, targets=targets, output=output)
    algorithm.check(train)
    chunks = cut(masks, seeds, default_chunk(algorithm) if chunk is None else chunk)
    diverged = Divergence(algorithm=algorithm.name, models=len(masks))
    finished = finish(
        work,
        chunks,
        pieces=pieces or MemoryStore(),
        name=name,
        engine=engine or Inline(),
        progress=progress or Silent(),
        inspect=lambda arrays: diverged.count(arrays["values"], arrays["seeds"]),
    )
    values = np.concatenate([arrays["values"] for arrays in finished.arrays])
    kept = finite(values)
    predictions, confidences = (
        _joined(finished.arrays, name, kept) for name in ("predictions", "confidences")
    )
    return TrainedOutputs(
        outputs=Outputs(
            masks=masks[kept],
            values=values[kept],
            predictions=predictions,
            confidences=confidences,
        ),
        kept=kept,
        diverged=tuple((index, seeds[index]) for index in np.flatnonzero(~kept).tolist()),
        repaired=finished.repaired,
        failures=sum(int(arrays.get("failures", NONE).sum()) for arrays in finished.arrays),
    )


def _joined(
    parts: Sequence[Mapping[str, np.ndarray]], name: str, kept: np.ndarray
) -> np.ndarray | None:
    if name not in parts[0]:
        return None
    return np.asarray(np.concatenate([part[name] for part in parts])[kept])
