"""How far a run has come."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from traindiff.errors import InputError
from traindiff.progress import Silent
from traindiff.store import RunStore
from traindiff.study.question import Study
from traindiff.training import estimate
from traindiff.training.chunks import missing
from traindiff.training.work import OutputsWork, cut

__all__ = ["plan_lines", "refuse_unfinished", "status_lines"]


@dataclass(frozen=True, kw_only=True)
class _Progress:
    letter: str
    name: str
    models: int
    done: int


def status_lines(study: Study, run_dir: Path) -> Iterator[str]:
    """Yield lines for people: what is done, what is left, and how long it may take."""
    progress = _progress(study, run_dir)
    for side in progress:
        left = side.models - side.done
        state = f"{left:,} left" if left else "complete"
        yield f"{side.letter} ({side.name}): {side.done:,} of {side.models:,} models, {state}"
    left = sum(side.models - side.done for side in progress)
    if left:
        yield f"Time left for training: {_time_left(run_dir, left)}"
        yield f"Continue with: traindiff run {run_dir}"
    elif (run_dir / "report.html").exists():
        yield f"Report: {run_dir / 'report.html'}"
    else:
        yield f"Models are trained; compare them with: traindiff run {run_dir}"


def plan_lines(study: Study) -> Iterator[str]:
    """Yield lines for people: what a run would train, how long, how much disk and memory."""
    job = study.job(Silent())
    store = RunStore.read(study.run_dir) if (Path(study.run_dir) / "study.json").exists() else None
    train, targets = len(job.splits.train), len(job.splits.targets)
    yield f"{train:,} training examples, {targets:,} targets; subsets of {job.train.fraction:.0%}"
    seconds = 0.0
    for side in job.sides():
        found = estimate(
            side.algorithm,
            job.splits.train,
            job.splits.targets,
            side.masks,
            side.seeds,
            output=job.output,
            chunk=job.train.chunk,
            pieces=store,
            name=f"outputs/{side.letter}",
            workers=job.workers,
        )
        seconds += found.seconds
        disk, memory = (f"{size / 1e6:,.0f} MB" for size in (found.disk_bytes, found.memory_bytes))
        yield (
            f"{side.letter.upper()} ({side.algorithm.name}): {found.left:,} of {found.models:,} "
            f"models to train, {found.seconds_per_model:.3g} s each on one core, "
            f"{disk} on disk, {memory} in memory"
        )
        if found.note:
            yield f"  {found.note}"
    yield f"Training takes about {_duration(seconds)} with {job.workers} workers."


def refuse_unfinished(study: Study, run_dir: Path) -> None:
    """Raise `InputError` if models are still to be trained."""
    left = sum(side.models - side.done for side in _progress(study, run_dir))
    if left:
        raise InputError(
            f"{run_dir} is not finished: {left:,} models are still to be trained. "
            f"Continue with: traindiff run {run_dir}"
        )


def _progress(study: Study, run_dir: Path) -> list[_Progress]:
    job, store = study.job(Silent()), RunStore.read(run_dir)
    found = []
    for side in job.sides():
        work = OutputsWork(
            algorithm=side.algorithm,
            train=job.splits.train,
            targets=job.splits.targets,
            output=job.output,
        )
        chunks = cut(side.masks, side.seeds, job.train.chunk)
        left = sum(len(chunk) for chunk in missing(work, chunks, store, f"outputs/{side.letter}"))
        total = len(side.masks)
        found.append(
            _Progress(
                letter=side.letter.upper(),
                name=side.algorithm.name,
                models=total,
                done=total - left,
            )
        )
    return found


def _time_left(run_dir: Path, models: int) -> str:
    """Estimate from the usual time between two finished chunks; pauses do not count."""
    pieces = sorted((run_dir / "arrays" / "outputs").glob("*/*"), key=lambda p: p.stat().st_mtime)
    times = [piece.stat().st_mtime for piece in pieces]
    if len(times) < 3:
        return "not known before a few chunks of models are done"
    gap = median(later - earlier for earlier, later in itertools.pairwise(times))
    size = median(_models_in(piece) for piece in pieces)
    seconds = models / size * gap
    return f"about {_duration(seconds)}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def _models_in(piece: Path) -> int:
    first, last = piece.name.split(".")[0].split("-")
    return int(last) - int(first)
