"""What a run is going to train, said before it starts."""

from collections.abc import Iterator

from traindiff.algorithms.grouped import Grouped
from traindiff.attribution.expected import expected_cost
from traindiff.store import RunStore
from traindiff.study.evidence.checkpoints import method_of, torch_part
from traindiff.study.job import Job
from traindiff.study.progress.pace import duration, seconds_per_model
from traindiff.study.sides import Side
from traindiff.threads import available
from traindiff.training import Estimate, estimate
from traindiff.training.chunks import missing

__all__ = ["models_left", "plan_lines"]


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
    train, targets = len(job.splits.train), len(job.splits.targets)
    share = 1.0 if job.attribute else job.train.fraction
    yield (
        f"{train:,} training examples, of which each model sees {share:.0%}; {targets:,} targets."
    )
    seconds, models, workers = 0.0, 0, job.engine.capacity()
    for side in job.sides():
        total = len(side.masks)
        left = models_left(job, side, store)
        name = f"{side.letter.upper()} ({side.algorithm.name})"
        if job.files(side.letter):
            yield f"{name}: {total:,} checkpoint files to attribute"
        elif not left:
            yield f"{name}: all {total:,} models are trained."
            continue
        else:
            done = f" ({total - left:,} are done)" if left < total else ""
            yield f"{name}: {left:,} of {total:,} models to train{done}"
        found = _estimate(job, side, store, left, workers) if left else None
        if found is not None and not job.attribute:
            yield from _cost(found)
        if job.attribute:
            took, line = _attribution(job, side, found)
            seconds += took
            yield line
        seconds, models = seconds + (found.seconds if found else 0.0), models + left
    if seconds:
        what = "Training and attribution take" if job.attribute else "Training takes"
        yield (
            f"{what} about {duration(seconds)} with {workers} "
            f"worker{'s' if workers > 1 else ''}; proposals and verification train up to "
            f"{job.verify.discovery_models + job.verify.models} more of each."
        )
    if models and (stated := job.train.seconds_per_model):
        yield (
            f"At the stated {stated:g} s a model that is {models * stated / 3600:,.1f} hours of "
            "one device (GPU hours, where a worker is a GPU)."
        )


def models_left(job: Job, side: Side, store: RunStore | None) -> int:
    """Return how many of one side's models are still to be trained."""
    work, chunks, name = job.pending(side)
    if store is not None:
        chunks = missing(work, chunks, store, name)
    return sum(len(chunk) for chunk in chunks)


def _estimate(job: Job, side: Side, store: RunStore | None, left: int, workers: int) -> Estimate:
    stated = job.train.seconds_per_model
    pace = seconds_per_model(store.path, [side.letter], workers=workers) if store else None
    return estimate(
        side.algorithm,
        job.splits.train,
        job.splits.targets,
        side.masks,
        side.seeds,
        output=job.output,
        chunk=job.chunk(side.algorithm),
        left=left,
        workers=workers,
        seconds_per_model=stated if pace is None else pace * workers,
    )


def _attribution(job: Job, side: Side, found: Estimate | None) -> tuple[float, str]:
    """Return the seconds of attributing one side's checkpoints, and what it takes in words."""
    assert job.attribute is not None, "only a study with a section [attribute] comes this way"
    grouped = side.algorithm if isinstance(side.algorithm, Grouped) else None
    cost, each = expected_cost(
        torch_part(side.algorithm, side.letter),
        job.splits.train if grouped is None else grouped.examples,
        job.splits.targets,
        method_of(job.attribute),
        axis=len(job.splits.train),
    )
    count = len(side.masks)
    training = f"{found.seconds_per_model:.2g} s each to train, " if found else ""
    threads = min(available(), count)
    return each * count / threads, (
        f"  {training}about {each:.2g} s each to attribute, on one core; "
        f"{_size(count * (cost.scores + cost.kept))} of attributions on disk, about "
        f"{_size(count * cost.scores + threads * cost.working)} of memory for them"
    )


def _cost(found: Estimate) -> Iterator[str]:
    memory = found.memory_bytes
    yield (
        f"  {found.seconds_per_model:.2g} s each on one core; {_size(found.disk_bytes)} on disk"
        + ("" if memory is None else f", about {_size(memory)} of memory a worker")
    )
    if found.note:
        yield f"  {found.note}"


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{max(0.1, size / 1e6):,.1f} MB"
