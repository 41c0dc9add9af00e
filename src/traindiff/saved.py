"""Reports that lie on disk: one read whole, or the few words of each of many.

Needs no library, so that what only looks is quick.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from traindiff.errors import InputError, StoreError
from traindiff.pair import Pair

__all__ = ["SCHEMA", "SUMMARY", "RunSummary", "as_written", "find_runs", "read_report"]

SCHEMA = "traindiff-report/2"

SUMMARY = "summary.json"
BEGUN = "study.json"
UNNAMED = Pair("", "")
KINDS: dict[str, tuple[type, ...]] = {
    "title": (str,),
    "date": (str,),
    "headline": (str,),
    "found": (bool, type(None)),
    "p_value": (float, int, type(None)),
    "confirmed": (int,),
    "tested": (int,),
    "cautions": (int,),
}


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """What a list of runs tells of one; `found` is None where nothing was tested.

    A run that is not finished has a ``path`` and no ``title``.
    """

    path: str
    title: str = ""
    date: str = ""
    headline: str = "not finished"
    found: bool | None = None
    p_value: float | None = None
    names: Pair[str] = UNNAMED
    n_models: Pair[int] | None = None
    confirmed: int = 0
    tested: int = 0
    cautions: int = 0


def read_report(run_dir: Path) -> dict[str, Any]:
    """Return the content of a run's ``report.json``.

    Raises
    ------
    InputError
        When there is none.
    StoreError
        When it is no report, or one of another version.
    """
    path = run_dir if run_dir.suffix == ".json" else run_dir / "report.json"
    if not path.is_file():
        raise InputError(
            f"{path} does not exist: the run is not finished, or {run_dir} is no run directory. "
            f"Continue a run with: traindiff run {run_dir}"
        )
    document = _read(path)
    if document.get("schema") != SCHEMA:
        raise StoreError(
            f"{path} is a report of schema {document.get('schema')!r}, this version reads "
            f"{SCHEMA!r}. Write it anew: traindiff report {run_dir}"
        )
    return document


@contextmanager
def as_written(run_dir: Path) -> Iterator[None]:
    """Name a report in which something is missing, or of another type, when that is looked for.

    Raises
    ------
    StoreError
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError) as error:
        raise StoreError(_foreign(run_dir / "report.json", error)) from error


def find_runs(folder: Path) -> Iterator[RunSummary]:
    """Yield the runs below a folder, in the order of their paths; no run is inside another.

    Raises
    ------
    InputError
        When there is no such folder.
    StoreError
        When a summary is damaged.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.")
    for place, inside, files in os.walk(folder):
        inside.sort()
        if SUMMARY in files or BEGUN in files:
            inside.clear()
            yield _summary(Path(place), finished=SUMMARY in files)


def _summary(run_dir: Path, *, finished: bool) -> RunSummary:
    if not finished:
        return RunSummary(path=str(run_dir))
    path = run_dir / SUMMARY
    written = _read(path)
    try:
        known = {field.name: written[field.name] for field in fields(RunSummary)}
        for name, kinds in KINDS.items():
            _expect(name, known[name], kinds)
        pairs = {name: known[name] and Pair(**known[name]) for name in ("names", "n_models")}
        for name, kind in (("names", str), ("n_models", int)):
            for side in pairs[name] or ():
                _expect(name, side, (kind,))
        return RunSummary(**{**known, **pairs, "path": str(run_dir)})
    except (KeyError, TypeError) as error:
        raise StoreError(_foreign(path, error)) from error


def _expect(name: str, value: Any, kinds: tuple[type, ...]) -> None:
    if not isinstance(value, kinds):
        raise TypeError(f"{name} is {value!r}")


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(_foreign(path, error)) from error
    if not isinstance(document, dict):
        raise StoreError(_foreign(path, "no object"))
    return document


def _foreign(path: Path, why: object) -> str:
    return f"{path} is no report of traindiff's: {why!r}. Write it anew: traindiff report RUN_DIR"
