"""How far a run has come, read from its directory alone: nothing that it names is imported."""

from collections.abc import Iterator
from pathlib import Path

from traindiff.errors import InputError
from traindiff.statistics.looking import looks_told
from traindiff.store import RunStore
from traindiff.study.ledger import Ledger
from traindiff.study.progress.pace import duration, seconds_per_model
from traindiff.study.stages import Stages, read_stages

__all__ = ["refuse_unfinished", "status_lines"]


def status_lines(run_dir: Path) -> Iterator[str]:
    """Yield lines for people: what is done, what is left, and how long it may take.

    Raises
    ------
    InputError
        When no run has begun there.
    StoreError
        When what it trains can't be read.
    """
    store = RunStore.read(run_dir)
    found, total = read_stages(store), 0
    for stage in found.stages:
        left = stage.left(store)
        state = f"{left:,} left" if left else "complete"
        yield f"{stage.title}: {len(stage) - left:,} of {len(stage):,} models, {state}"
        total += left
    yield from _looks(store)
    if total:
        yield f"Time left for training: {_time_left(found, store, total)}"
        yield f"Continue with: traindiff run {run_dir}"
    elif (run_dir / "report.html").exists():
        yield f"Report: {run_dir / 'report.html'}"
    else:
        yield f"Models are trained; compare them with: traindiff run {run_dir}"


def _looks(store: RunStore) -> Iterator[str]:
    ledger = Ledger.read(store)
    if ledger.looks:
        yield looks_told(ledger.looks, ledger.level)


def refuse_unfinished(run_dir: Path) -> None:
    """Raise `InputError` if models are still to be trained."""
    store = RunStore.read(run_dir)
    left = sum(stage.left(store) for stage in read_stages(store).stages)
    if left:
        raise InputError(
            f"{run_dir} is not finished: {left:,} models are still to be trained. "
            f"Continue with: traindiff run {run_dir}"
        )


def _time_left(found: Stages, store: RunStore, total: int) -> str:
    if found.workers is None:
        return "not known: the Dask scheduler did not answer when the run began"
    pieces = [piece for stage in found.stages for piece in store.finished(stage.name)]
    pace = seconds_per_model(pieces, workers=found.workers)
    if pace is None:
        return "not known before a few chunks of models are done"
    return f"about {duration(total * pace)}"
