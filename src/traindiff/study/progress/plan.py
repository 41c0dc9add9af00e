"""What a run is going to train, said before it starts."""

from collections.abc import Iterator
from dataclasses import dataclass

from traindiff.algorithms.recipe import difference
from traindiff.datasets.summary import summarise
from traindiff.store import RunStore
from traindiff.study.evidence import Cost, Pending
from traindiff.study.job import Job
from traindiff.study.progress.pace import duration, seconds_per_model
from traindiff.study.sides import titled
from traindiff.training import Estimate, estimate

__all__ = ["plan_lines"]


def plan_lines(job: Job, store: RunStore | None) -> Iterator[str]:
    """Yield lines for people: what is to be trained, how long, how much disk and memory.

    A few models are trained to measure it, unless an earlier run has shown how long they take or
    the study states it (``train.seconds_per_model``); none where every model is trained.

    Parameters
    ----------
    job : Job
    store : RunStore or None
        The run directory, where there is one.
    """
    train, targets = len(job.setup.splits.train), len(job.setup.splits.targets)
    yield (
        f"{train:,} training examples, of which each model sees {job.source.share:.0%}; "
        f"{targets:,} targets."
    )
    yield from summarise(job.setup.splits).lines
    yield difference(job.setup.algorithms.map(lambda algorithm: algorithm.describe()))
    look = job.source.spending(store)
    if look is not None and look.before:
        yield look.outline
    parts = []
    for title, side in titled(job.source.sides(store)):
        pending = job.source.pending(side)
        left = pending.left(store)
        yield f"{title}: {_state(pending, left)}"
        if not left and pending.chunks:
            continue
        part = _Part(
            left=left,
            training=_estimate(job, pending, store, left) if left else None,
            reading=job.source.cost(side),
        )
        yield from part.lines()
        parts.append(part)
    yield from _total(job, parts)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What is to be done for one side.

    Parameters
    ----------
    left : int
        Models to train.
    training : Estimate or None
        None where none is left.
    reading : Cost or None
    """

    left: int
    training: Estimate | None
    reading: Cost | None

    @property
    def seconds(self) -> float:
        trained = self.training.seconds if self.training else 0.0
        return trained + (self.reading.seconds if self.reading else 0.0)

    def lines(self) -> Iterator[str]:
        if self.reading is not None:
            yield _reading(self.reading, self.training)
        elif self.training is not None:
            yield from _training(self.training)


def _state(pending: Pending, left: int) -> str:
    total = len(pending.side)
    if not pending.chunks:
        return f"{total:,} checkpoint files to attribute"
    if not left:
        return f"all {total:,} models are trained."
    done = f" ({total - left:,} are done)" if left < total else ""
    return f"{left:,} of {total:,} models to train{done}"


def _total(job: Job, parts: list[_Part]) -> Iterator[str]:
    seconds, workers = sum(part.seconds for part in parts), job.setup.engine.capacity()
    if seconds:
        read = any(part.reading for part in parts)
        what = "training and attribution take" if read else "training takes"
        yield (
            f"{job.source.outline}: {what} about {duration(seconds)} with {workers} "
            f"worker{'s' if workers > 1 else ''}; proposals and verification train up to "
            f"{_more(job)} more of each{_taking(job, parts, workers)}."
        )
    models, stated = sum(part.left for part in parts), job.setup.train.seconds_per_model
    if models and stated:
        yield (
            f"At the stated {stated:g} s a model that is {models * stated / 3600:,.1f} hours of "
            "one device (GPU hours, where a worker is a GPU)."
        )


def _more(job: Job) -> int:
    return job.verify.discovery_models + job.verify.models


def _taking(job: Job, parts: list[_Part], workers: int) -> str:
    """Say how long fresh models take, which see all training examples, where that is known."""
    each = [part.training.seconds_per_model for part in parts[-2:] if part.training]
    if len(each) < 2:
        return ""
    # Training on a share of the examples takes about that share of the time.
    return f", about {duration(_more(job) * sum(each) / job.source.share / workers)}"


def _estimate(job: Job, pending: Pending, store: RunStore | None, left: int) -> Estimate:
    setup, side, workers = job.setup, pending.side, job.setup.engine.capacity()
    stated = setup.train.seconds_per_model
    pace = seconds_per_model(store.finished(side.pieces), workers=workers) if store else None
    return estimate(
        side.algorithm,
        setup.splits.train,
        setup.splits.targets,
        side.masks,
        side.seeds,
        output=setup.output,
        chunk=len(pending.chunks[0]),
        left=left,
        workers=workers,
        seconds_per_model=stated if pace is None else pace * workers,
    )


def _reading(cost: Cost, found: Estimate | None) -> str:
    training = f"{found.seconds_per_model:.2g} s each to train, " if found else ""
    return (
        f"  {training}about {cost.seconds_each:.2g} s each to attribute, on one core; "
        f"{_size(cost.disk_bytes)} of attributions on disk, about {_size(cost.memory_bytes)} of "
        "memory for them"
    )


def _training(found: Estimate) -> Iterator[str]:
    memory = found.memory_bytes
    yield (
        f"  {found.seconds_per_model:.2g} s each on one core; {_size(found.disk_bytes)} on disk"
        + ("" if memory is None else f", about {_size(memory)} of memory a worker")
    )
    if found.note:
        yield f"  {found.note}"


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{max(0.1, size / 1e6):,.1f} MB"
