"""What commands share: options, the meter, and how an answer is told."""

import hashlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from traindiff.errors import InputError
from traindiff.visible import visible, visible_json

if TYPE_CHECKING:
    from traindiff.progress import Progress
    from traindiff.report import Evidence

__all__ = [
    "Json",
    "Out",
    "Quiet",
    "RunDir",
    "Trust",
    "announced",
    "claim",
    "meter",
    "print_json",
    "say",
    "show_report",
    "write",
]

Trust = Annotated[
    bool,
    typer.Option("--trust", help="Run the code that a directory names which was not made here."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the answer.")]
Json = Annotated[bool, typer.Option("--json", help="Print report.json instead of words.")]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="RUN_DIR", help="Where the run is kept.")
]
RunDir = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="The directory of a run.")]


def claim(out: Path | None, a: Path, b: Path) -> Path:
    """Return the directory for the comparison of two files, once it is known to hold no other.

    Raises
    ------
    InputError
        When it holds a report of other files, or a study's run.
    """
    from traindiff.store.documents import read_document, write_document

    directory = out or Path("runs") / f"{a.stem}-{b.stem}"
    told, contents = directory / "compared.json", []
    for path in (a, b):
        with path.open("rb") as file:
            contents.append(hashlib.file_digest(file, "blake2b").hexdigest()[:32])
    taken = any((directory / name).exists() for name in ("study.json", "report.json", told.name))
    if taken and not (told.exists() and read_document(told) == contents):
        raise InputError(
            f"{directory} holds the report of another comparison: give another directory with "
            "--out, or delete that one."
        )
    write_document(told, contents, beside=directory / "unfinished")
    (directory / "unfinished").rmdir()
    return directory


def write(evidence: "Evidence", directory: Path, json: bool) -> None:
    """Write a report and say what it found."""
    from dataclasses import replace

    from traindiff.cli.words import tell
    from traindiff.report import write_report
    from traindiff.report.made import made_now

    path = write_report(replace(evidence, made=made_now()), directory)
    if json:
        print_json(path)
    else:
        tell(Console(), path)


def show_report(run_dir: Path, json: bool) -> None:
    """Say what the report in a run directory says, as it lies there."""
    from traindiff.cli.words import tell

    path = run_dir / "report.html"
    note = (
        f"as {run_dir} came: it was not made here. To write it anew, which runs its code: --trust"
    )
    if json:
        print_json(path)
    else:
        tell(Console(), path, (note,))


def print_json(report: Path) -> None:
    """Print the numbers beside a report."""
    typer.echo(visible_json(report.with_suffix(".json").read_text(encoding="utf-8")), nl=False)


def announced(quiet: bool) -> AbstractContextManager[None]:
    """Say which files of a person's own are run, before they are."""
    from traindiff.plugin import announcing

    return announcing((lambda line: None) if quiet else lambda line: say(line, err=True))


def say(line: str, *, err: bool = False) -> None:
    """Print one line, whatever names are in it."""
    typer.echo(visible(line), err=err)


def meter(quiet: bool) -> "Progress":
    """Return a meter that draws bars, or none."""
    from traindiff.cli.meter import Meter
    from traindiff.progress import Silent

    return Silent() if quiet else Meter(Console(stderr=True))
