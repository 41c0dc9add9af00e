"""What training will take, before it starts."""

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from traindiff import seeding
from traindiff.algorithms import Algorithm, default_chunk
from traindiff.datasets import Dataset
from traindiff.training.work import Chunk, OutputsWork, cut

__all__ = ["Estimate", "Explains", "estimate"]

CHUNK_OVERHEAD = 8192  # bytes of a chunk's descriptions on disk
UNSEEDED = "not determined by its seed: a resumed study mixes runs"
SLOW = 20.0  # seconds a model beside which what happens only once does not count


@runtime_checkable
class Explains(Protocol):
    """An algorithm that can tell people how it will train."""

    def explain(self, data: Dataset) -> str:
        """Return one sentence, such as "64 models at once"."""
        ...


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The cost of one algorithm's models.

    Parameters
    ----------
    models : int
        How many are asked for.
    left : int
        How many are not trained yet.
    seconds_per_model : float
        Of one worker, measured.
    seconds : float
        Until all that are left are trained.
    disk_bytes : int
        Of all models' masks and outputs; an upper bound.
    memory_bytes : int or None
        The most that this process has had, with data, libraries and models, and the largest of the
        processes that it called; about what each worker takes. None where no model was trained.
    note : str
        How the algorithm trains, where it says so; and whether one model, trained and asked twice,
        gave two answers.
    """

    models: int
    left: int
    seconds_per_model: float
    seconds: float
    disk_bytes: int
    memory_bytes: int | None
    note: str


def estimate(
    algorithm: Algorithm,
    train: Dataset,
    targets: Dataset,
    masks: np.ndarray,
    seeds: Sequence[int],
    *,
    output: str = "margin",
    chunk: int | None = None,
    left: int | None = None,
    workers: int = 1,
    budget: float = 1.5,
    seconds_per_model: float | None = None,
) -> Estimate:
    """Measure a few models and scale up to those that `train_outputs` would train.

    One model is trained, then two at once, four, ... until ``budget`` is spent or a chunk is full,
    because models trained at once may share their cost; the last count gives the rate. The models
    are thrown away, and their seeds are not the study's.

    Parameters
    ----------
    algorithm, train, targets, masks, seeds, output, chunk
        As for `train_outputs`.
    left : int, optional
        How many models are still to be trained; by default all.
    workers : int
        Tasks that run at a time.
    budget : float
        Seconds after which no further measurement starts; one model is always measured.
    seconds_per_model : float, optional
        Of one worker, where it is known already; then nothing is measured.

    Raises
    ------
    InputError
        As `train_outputs`.
    """
    algorithm.check(train)
    work = OutputsWork(algorithm=algorithm, train=train, targets=targets, output=output)
    chunk = default_chunk(algorithm) if chunk is None else chunk
    chunks = cut(masks, seeds, chunk)
    left = len(masks) if left is None else left
    per_model, memory, same = seconds_per_model or 0.0, None, True
    if left and seconds_per_model is None:
        per_model, same = _measure(work, masks, min(chunk, len(masks)), budget)
        memory = _peak_memory()
    said = algorithm.explain(train) if isinstance(algorithm, Explains) else ""
    results = len(masks) * (masks.shape[1] + 8 * len(targets))
    return Estimate(
        models=len(masks),
        left=left,
        seconds_per_model=per_model,
        seconds=per_model * left / max(1, min(workers, len(chunks))),
        disk_bytes=results + CHUNK_OVERHEAD * len(chunks),
        memory_bytes=memory,
        note="; ".join(filter(None, (said, "" if same else UNSEEDED))),
    )


def _measure(work: OutputsWork, masks: np.ndarray, most: int, budget: float) -> tuple[float, bool]:
    """Return seconds a model, at the largest number at once that the budget allowed.

    And whether the first model, trained and asked again, said the same.
    """
    first, told = _time(work, masks[:1])
    if first > SLOW:
        return first, True
    spent, count, same = 0.0, 1, True  # the first model also paid for what happens once
    while True:
        seconds, found = _time(work, masks[:count])
        same = same and (count > 1 or _equal(told, found))
        spent += seconds
        if count == most or spent + 2 * seconds > budget:
            return seconds / count, same
        count = min(2 * count, most)


def _time(work: OutputsWork, masks: np.ndarray) -> tuple[float, Mapping[str, np.ndarray]]:
    seeds = tuple(seeding.derive(0, "estimate", row) for row in range(len(masks)))
    started = time.perf_counter()
    found = work(Chunk(start=0, masks=masks, seeds=seeds))
    return time.perf_counter() - started, found


def _equal(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return all(
        np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f")
        for name in one
    )


def _peak_memory() -> int:
    kilobytes = sum(
        resource.getrusage(whose).ru_maxrss
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return kilobytes if sys.platform == "darwin" else 1024 * kilobytes
