"""How far a run has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from traindiff.errors import InputError
from traindiff.progress import Silent
from traindiff.store import FinishedPiece, RunStore
from traindiff.study.progress.pace import duration, seconds_per_model
from traindiff.study.sides import Side, titled
from traindiff.study.study import Study
from traindiff.training import Engine

__all__ = ["refuse_unfinished", "status_lines"]


def status_lines(study: Study, run_dir: Path) -> Iterator[str]:
    """Yield lines for people: what is done, what is left, and how long it may take."""
    standing = _standing(study, run_dir)
    for title, side in titled(list(standing.left)):
        left = standing.left[side]
        state = f"{left:,} left" if left else "complete"
        yield f"{title}: {len(side) - left:,} of {len(side):,} models, {state}"
    if standing.total:
        yield f"Time left for training: {_time_left(standing)}"
        yield f"Continue with: traindiff run {run_dir}"
    elif (run_dir / "report.html").exists():
        yield f"Report: {run_dir / 'report.html'}"
    else:
        yield f"Models are trained; compare them with: traindiff run {run_dir}"


def refuse_unfinished(study: Study, run_dir: Path) -> None:
    """Raise `InputError` if models are still to be trained."""
    left = _standing(study, run_dir).total
    if left:
        raise InputError(
            f"{run_dir} is not finished: {left:,} models are still to be trained. "
            f"Continue with: traindiff run {run_dir}"
        )


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """How far a run has come.

    Parameters
    ----------
    left : mapping of Side to int
        How many models of each side are still to be trained.
    finished : sequence of FinishedPiece
    engine : Engine
    """

    left: Mapping[Side, int]
    finished: Sequence[FinishedPiece]
    engine: Engine

    @property
    def total(self) -> int:
        return sum(self.left.values())


def _standing(study: Study, run_dir: Path) -> _Standing:
    job, store = study.job(Silent()), RunStore.read(run_dir)
    sides = job.source.sides(store)
    return _Standing(
        left={side: job.source.pending(side).left(store) for side in sides},
        finished=[piece for side in sides for piece in store.finished(side.pieces)],
        engine=job.setup.engine,
    )


def _time_left(standing: _Standing) -> str:
    try:
        pace = seconds_per_model(standing.finished, workers=standing.engine.capacity())
    except InputError as error:  # of a Dask scheduler that does not answer
        return f"not known: {error}"
    if pace is None:
        return "not known before a few chunks of models are done"
    return f"about {duration(standing.total * pace)}"
