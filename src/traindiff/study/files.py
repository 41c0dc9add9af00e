"""Study files and run directories become studies.

What is wrong in a file is told before numerical libraries are imported, which takes seconds.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traindiff.datasets.sources import check_source, load
from traindiff.errors import InputError, StoreError
from traindiff.progress import Silent
from traindiff.store import RunStore
from traindiff.study.algorithms import build_algorithm, check_kind
from traindiff.study.journal import STUDY_FILE, Notebook
from traindiff.study.settings import StudyFile
from traindiff.study.trust import made_here, named_code, refuse_code
from traindiff.study.validation import parse

if TYPE_CHECKING:
    from traindiff.study.study import Study

__all__ = [
    "add_hypothesis",
    "needs_trust",
    "on_dask",
    "read_file",
    "reopen",
    "study_from",
    "with_models",
]


def read_file(path: Path) -> dict[str, Any]:
    """Return the settings written in a study file.

    Raises
    ------
    InputError
        When there is no such file, or it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} can't be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from error


def study_from(settings: Mapping[str, Any], run_dir: Path, where: str = "study") -> "Study":
    """Return the study that ``settings`` (a study file's content) describe.

    Raises
    ------
    InputError
        When a key is unknown, missing or unsuitable, or the data can't be read.
    """
    checked = parse(StudyFile, settings, where)
    data = checked.data
    check_source(data.source, data.arguments)
    for side in ("a", "b"):
        check_kind(getattr(checked, side), side)
    from traindiff.datasets.splits import split
    from traindiff.study.study import Study

    splits = split(
        load(data.source, **data.arguments),
        train=data.train,
        targets=data.targets,
        verification=data.verification,
        seed=checked.train.seed,
        group=data.group,
    )
    a, b = build_algorithm(checked.a, "a"), build_algorithm(checked.b, "b")
    if a.name == b.name and a.describe() != b.describe():
        raise InputError(
            f"{where}: A and B differ, and both are called {a.name!r}: give each a name of its own."
        )
    return Study(
        splits,
        a,
        b,
        run_dir=run_dir,
        title=checked.title,
        # The engine is spelt out: processes are a file's default, where Python's is no other.
        train=checked.train.model_copy(update={"engine": checked.train.engine}),
        attribute=checked.attribute,
        focus=checked.focus,
        compare=checked.compare,
        # What must not be torn apart by the split is no sample of its own in the test either.
        verify=checked.verify.model_copy(update={"group": checked.verify.group or data.group}),
        settings=settings,
    )


def with_models(settings: Mapping[str, Any], models: int | None) -> dict[str, Any]:
    """Return the settings with another number of models a side; the same where that is None."""
    if models is None:
        return dict(settings)
    home = "focus" if settings.get("focus") is not None else "train"
    return {**settings, home: {**settings.get(home, {}), "models": models}}


def reopen(run_dir: Path, models: int | None = None, *, trust: bool = False) -> "Study":
    """Return the study that an earlier run wrote into its run directory.

    Parameters
    ----------
    run_dir : Path
    models : int, optional
        A side, in place of what the study says.
    trust : bool
        Whether the code that it names may be run although the directory was not made here.

    Raises
    ------
    RunDirectoryError
        When it is not a run directory.
    InputError
        When the study was made from Python objects, which only Python can make again, or names code
        that is not trusted.
    """
    store = RunStore.read(run_dir)
    settings = Notebook(store=store).read(STUDY_FILE)
    if not settings:
        raise InputError(
            f"{run_dir} was made by Study(...).run() in Python, not from a study file: "
            "call it again there, with the same arguments."
        )
    if not isinstance(settings, Mapping):
        raise StoreError(f"{run_dir}: the document {STUDY_FILE!r} is no study file.")
    if not trust:
        refuse_code(store, settings)
    return study_from(with_models(settings, models), run_dir, where=str(run_dir))


def needs_trust(run_dir: Path) -> bool:
    """Return whether going on with a run directory would run code from elsewhere."""
    store = RunStore.read(run_dir)
    settings = Notebook(store=store).read(STUDY_FILE)
    return not made_here(store) and bool(named_code(settings or {}))


def add_hypothesis(study: "Study", run_dir: Path, written: Mapping[str, Any]) -> None:
    """Add a person's hypothesis, as a study file would have it, to a run directory.

    Raises
    ------
    InputError
        When it does not fit the study's data.
    """
    from traindiff.study.hypotheses import hypothesis_from
    from traindiff.verification import check

    hypothesis = hypothesis_from(written, "the hypothesis")
    job = study.job(Silent())
    check((hypothesis,), job.setup.splits.verification)
    with job.open(run_dir) as store:
        Notebook(store=store).add(hypothesis)


def on_dask(study: "Study", scheduler: str | None, patience: float | None = None) -> "Study":
    """Return the study with its models trained by Dask.

    Parameters
    ----------
    study : Study
    scheduler : str or None
        Address, such as "tcp://10.0.0.1:8786"; None for a cluster on this machine, of as many
        workers as the study says.
    patience : float, optional
        Seconds to wait for a scheduler that does not answer or has no worker left; by default what
        the study says.
    """
    train = study.sections.train
    place = {
        "engine": "dask",
        "scheduler": scheduler,
        "workers": train.workers if scheduler is None else None,
        "patience": train.patience if patience is None else patience,
    }
    moved = train.model_copy(update=place)
    return replace(study, train=moved, models=None, seed=None, engine=None)
