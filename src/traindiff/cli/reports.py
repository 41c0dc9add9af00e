"""The commands for whoever has many runs, or a pipeline that waits for one."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from traindiff.cli.shared import say
from traindiff.errors import InputError

__all__ = ["assert_run", "list_runs", "runs_page"]

FAILED = 1

Below = Annotated[Path, typer.Argument(metavar="DIR", help="Runs anywhere below are found.")]


def _share(text: str) -> float:
    """Return the share that "2%" or "0.02" is."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"expected a share such as 2% or 0.02, found {text!r}.")
    return share


Share = Annotated[
    Any, typer.Option(metavar="SHARE", parser=_share, help="Such as 2% or 0.02; the estimate.")
]


def assert_run(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN_DIR...", help="Finished runs.")],
    no_difference: Annotated[
        bool, typer.Option("--no-difference", help="No difference in the use of data was found.")
    ] = False,
    no_confirmed: Annotated[
        bool, typer.Option("--no-confirmed", help="No transformation is confirmed.")
    ] = False,
    fit: Annotated[
        bool, typer.Option("--fit", help="Nothing speaks against comparing the two.")
    ] = False,
    max_disagreement: Share = None,
    max_accuracy_drop: Share = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write JUnit XML for a CI system.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a comment for a pull request.")
    ] = None,
) -> None:
    """Check finished runs, for a pipeline: exit code 0 if all holds, 1 if something does not.

    Only the reports are read. --no-difference holds where none was found, which is no proof that
    there is none.

    [dim]$ traindiff assert runs/demo --max-disagreement 2% --junit traindiff.xml[/]
    """
    from traindiff.cli import assertions, gate
    from traindiff.saved import as_written, read_report

    demands = [
        *([assertions.no_difference] if no_difference else ()),
        *([assertions.no_confirmed] if no_confirmed else ()),
        *([assertions.fit] if fit else ()),
        *_limits(assertions.disagreement, max_disagreement),
        *_limits(assertions.accuracy_drop, max_accuracy_drop),
    ]
    if not demands and markdown is None:
        raise InputError("nothing is demanded: say --no-difference, --max-disagreement 2%, ...")
    renderers = ((junit, gate.junit), (markdown, gate.pull_request))
    asked = {path: render for path, render in renderers if path}
    judged = []
    for run in runs:
        with as_written(run):
            report = read_report(run)
            judged.append((report, [demand(report) for demand in demands]))
            pages = {path: render(judged) for path, render in asked.items()}
    _write(pages)
    for run, (_, found) in zip(runs, judged, strict=True):
        for each in found:
            say(f"{'holds' if each.holds else 'FAILS'}: {run}: {each.name}: {each.found}")
    if not all(each.holds for _, found in judged for each in found):
        sys.exit(FAILED)


def _limits(demand: Any, most: float | None) -> list[Any]:
    return [] if most is None else [lambda report: demand(report, most)]


def _write(pages: dict[Path, str]) -> None:
    from traindiff.store.disk import explained

    for path, text in pages.items():
        with explained(path, "write"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def list_runs(folder: Below = Path("runs")) -> None:
    """Say of every run below a folder what it found.

    [dim]$ traindiff list runs[/]
    """
    from traindiff.saved import find_runs

    found = list(find_runs(folder))
    for run in found:
        p = "" if run.p_value is None else f"p = {run.p_value:.3g}"
        models = "" if run.n_models is None else f"{run.n_models.a}+{run.n_models.b} models"
        told = f"{run.confirmed} of {run.tested} confirmed" if run.tested else ""
        doubts = f"{run.cautions} to check" if run.cautions else ""
        details = ", ".join(filter(None, (p, models, told, doubts)))
        verdict = {True: "different", False: "no difference", None: "untested"}[run.found]
        verdict = verdict if run.title else "not finished"
        say("  ".join(filter(None, (f"{run.date:16}", f"{verdict:13}", run.path, details))))
    if not found:
        say(f"No run below {folder}.")


def runs_page(
    folder: Below = Path("runs"),
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="By default DIR/index.html.")
    ] = None,
) -> None:
    """Write a page that lists every run below a folder, with links to their reports.

    [dim]$ traindiff runs runs[/]
    """
    from traindiff.report.render.index import render
    from traindiff.saved import find_runs
    from traindiff.store.disk import explained

    path = out or folder / "index.html"
    text = render(list(find_runs(folder)), path.parent)
    with explained(path, "write"):
        path.write_text(text, encoding="utf-8")
    say(str(path))
