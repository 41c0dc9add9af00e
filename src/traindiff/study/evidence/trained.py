"""Training one side's models on subsets, and what is said of it."""

import numpy as np

from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.store import RunStore
from traindiff.study.setup import Setup
from traindiff.study.sides import Side
from traindiff.training import TrainedOutputs, train_outputs
from traindiff.training.work import OutputsWork

__all__ = ["kept_by_both", "notes_of", "outputs_work", "train_side"]


def outputs_work(setup: Setup, side: Side) -> OutputsWork:
    """Return what is done with a chunk of a side's models."""
    splits = setup.splits
    return OutputsWork(
        algorithm=side.algorithm,
        train=splits.train,
        targets=splits.targets,
        output=setup.output,
    )


def train_side(
    setup: Setup, side: Side, store: RunStore, progress: Progress, *, chunk: int
) -> TrainedOutputs:
    """Return what one side's models say about every target, trained or from the store."""
    return train_outputs(
        side.algorithm,
        setup.splits.train,
        setup.splits.targets,
        side.masks,
        side.seeds,
        output=setup.output,
        engine=setup.engine,
        chunk=chunk,
        pieces=store,
        name=side.pieces,
        progress=progress,
    )


def kept_by_both(trained: Pair[TrainedOutputs], *, paired: bool) -> Pair[Outputs]:
    """Return what is compared: of paired models, those of which neither half diverged."""
    if not paired:
        return trained.map(lambda each: each.outputs)
    both: np.ndarray = trained.a.kept & trained.b.kept
    return trained.map(lambda each: each.outputs.take(both[each.kept]))


def notes_of(sides: Pair[Side], trained: Pair[TrainedOutputs]) -> tuple[str, ...]:
    """Return what was left out and tried again, A before B."""
    return tuple(
        note
        for side, each in zip(sides, trained, strict=True)
        for note in (*side.left_out(each.diverged), *side.failed(each.failures))
    )
