"""How far a run has come."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from traindiff.errors import InputError
from traindiff.progress import Silent
from traindiff.store import RunStore
from traindiff.study.progress.pace import duration, seconds_per_model
from traindiff.study.progress.plan import models_left
from traindiff.study.study import Study

__all__ = ["refuse_unfinished", "status_lines"]


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
        yield f"Time left for training: {_time_left(study, run_dir, left)}"
        yield f"Continue with: traindiff run {run_dir}"
    elif (run_dir / "report.html").exists():
        yield f"Report: {run_dir / 'report.html'}"
    else:
        yield f"Models are trained; compare them with: traindiff run {run_dir}"


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
        left, total = models_left(job, side, store), len(side.masks)
        found.append(
            _Progress(
                letter=side.letter.upper(),
                name=side.algorithm.name,
                models=total,
                done=total - left,
            )
        )
    return found


def _time_left(study: Study, run_dir: Path, models: int) -> str:
    try:
        pace = seconds_per_model(run_dir, workers=study.engine.capacity())
    except InputError as error:  # of a Dask scheduler that does not answer
        return f"not known: {error}"
    if pace is None:
        return "not known before a few chunks of models are done"
    return f"about {duration(models * pace)}"
