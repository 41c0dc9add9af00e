"""The commands. Each imports what it needs when it runs, so that --help is quick."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer
from rich.console import Console

from traindiff.cli.comparing import attribute, compare, compare_checkpoints, compare_scores
from traindiff.cli.reports import assert_run, list_runs, runs_page
from traindiff.cli.shared import (
    Json,
    Out,
    Quiet,
    RunDir,
    Trust,
    announced,
    meter,
    print_json,
    say,
    show_report,
)
from traindiff.cli.start import init, open_report
from traindiff.errors import InputError, TraindiffError
from traindiff.visible import visible, visible_lines

if TYPE_CHECKING:
    from traindiff.study import Study

__all__ = ["main"]

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells say it

app = typer.Typer(
    name="traindiff",
    help="A diff for training recipes: do two learning algorithms use their training data "
    "differently; in which ways; on which examples; through which features; how sure are we?",
    epilog="Start with: traindiff demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(init)


def main() -> NoReturn:
    """Run the command line: exit code 0 done, 1 failed, 2 unusable input, 130 interrupted."""
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        app()
    except InputError as error:
        _complain(errors, error)
        sys.exit(2)
    except TraindiffError as error:
        _complain(errors, error)
        sys.exit(1)
    sys.exit(0)


def _complain(console: Console, error: TraindiffError) -> None:
    console.print("[bold red]error:[/] ", end="")
    console.print(visible_lines(str(error)), markup=False)


@app.command()
def demo(
    null: Annotated[
        bool, typer.Option("--null", help="Compare A with itself: nothing is to be found.")
    ] = False,
    out: Out = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Compare plain training with random shifts on handwritten digits (about a minute).

    [dim]$ traindiff demo[/]
    [dim]$ traindiff demo --null[/]
    """
    from traindiff.study.demo import demo_settings
    from traindiff.study.files import study_from

    run_dir = out or Path("runs") / ("demo-null" if null else "demo")
    _run(study_from(demo_settings(null=null), run_dir, "demo"), run_dir, quiet, json)


@app.command()
def run(
    study: Annotated[
        Path, typer.Argument(metavar="STUDY", help="A study.toml, or a RUN_DIR to continue.")
    ],
    out: Out = None,
    models: Annotated[
        int | None,
        typer.Option(help="Models a side; those that an earlier run trained are kept."),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Train on the workers of this Dask scheduler, or 'local' ones.",
        ),
    ] = None,
    patience: Annotated[
        float | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help="How long to wait for a Dask scheduler that does not answer or has no worker "
            "left; 300 by default.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be trained, and how long.")
    ] = False,
    trust: Trust = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Run a study: train, compare, propose, verify, report.

    A study is a program: it names functions and commands, which are run.

    Interrupt it at any time and run it again: it continues.

    [dim]$ traindiff run study.toml[/]
    [dim]$ traindiff run runs/study --models 160[/]
    [dim]$ traindiff run study.toml --dask tcp://10.0.0.1:8786[/]
    """
    from traindiff.study.files import on_dask, read_file, reopen, study_from, with_models

    if study.is_dir() and out is not None:
        raise InputError(f"{study} is a run directory already: leave out --out.")
    run_dir = study if study.is_dir() else out or Path("runs") / study.stem
    with announced(quiet):
        if study.is_dir():
            made = reopen(run_dir, models, trust=trust)
        else:
            made = study_from(with_models(read_file(study), models), run_dir, study.name)
    if dask is None and patience is not None:
        raise InputError("--patience is with a Dask scheduler: give --dask too.")
    if dask is not None:
        made = on_dask(made, None if dask == "local" else dask, patience)
    if dry_run:
        for line in made.plan():
            say(line)
    else:
        _run(made, run_dir, quiet, json)


@app.command()
def status(run_dir: RunDir) -> None:
    """Say what is done, what is left, and how long it may take."""
    from traindiff.study.progress.status import status_lines

    for line in status_lines(run_dir):
        say(line)


@app.command()
def report(run_dir: RunDir, trust: Trust = False, quiet: Quiet = False, json: Json = False) -> None:
    """Write the report of a finished run anew.

    Of a directory that was not made here, only say what its report says; with --trust, run the
    code it names and write the report anew.
    """
    from traindiff.study.files import needs_trust, reopen
    from traindiff.study.progress.status import refuse_unfinished

    refuse_unfinished(run_dir)
    if not trust and needs_trust(run_dir):
        show_report(run_dir, json)
        return
    with announced(quiet):
        study = reopen(run_dir, trust=trust)
    _run(study, run_dir, quiet, json)


app.command("open")(open_report)


@app.command()
def verify(
    run_dir: RunDir,
    transform: Annotated[
        str,
        typer.Option(
            metavar="KIND(NAME=VALUE, ...)",
            help="Such as 'patch(x=0, y=0, size=4)', 'shift(dx=1)' or 'permute(column=age)'.",
        ),
    ],
    class_name: Annotated[
        str | None,
        typer.Option("--class", help="The class whose probability, or whose inputs, it concerns."),
    ] = None,
    inputs: Annotated[
        Literal["all", "class", "not-class"] | None,
        typer.Option(help="Which inputs are transformed."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(help="What is measured: margin, probability, rate or prediction."),
    ] = None,
    side: Annotated[
        Literal["A", "B"] | None, typer.Option(help="Which algorithm it should move.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call your idea.")] = None,
    author: Annotated[str | None, typer.Option(help="Whose idea it is.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be tested; runs nothing.")
    ] = False,
    trust: Trust = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Test your own idea of what differs, on fresh models and unseen inputs.

    [dim]$ traindiff verify runs/demo --transform 'shift(dx=1)' --side A[/]
    """
    from traindiff.study.files import add_hypothesis, reopen
    from traindiff.study.hypotheses import hypothesis_from, summary
    from traindiff.study.progress.status import status_lines
    from traindiff.transforms.kinds import parse

    claim = {
        "class": class_name, "inputs": inputs, "output": output,
        "side": side, "name": name, "author": author,
    }  # fmt: skip
    given = {key: value for key, value in claim.items() if value is not None}
    written = {**parse(transform).to_dict(), **given}
    if dry_run:
        for line in (summary(hypothesis_from(written, "the hypothesis")), *status_lines(run_dir)):
            say(line)
        return
    with announced(quiet):
        study = reopen(run_dir, trust=trust)
    add_hypothesis(study, run_dir, written)
    _run(study, run_dir, quiet, json)


app.command("assert")(assert_run)
app.command("list")(list_runs)
app.command("runs")(runs_page)

for command in (compare, attribute, compare_checkpoints, compare_scores):
    app.command(command.__name__.replace("_", "-"))(command)


def _run(study: "Study", run_dir: Path, quiet: bool, json: bool) -> None:
    from traindiff.cli.words import tell

    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        result = study.run(
            meter(quiet), tell=None if quiet else lambda line: console.print(visible(line))
        )
    except KeyboardInterrupt:
        console.print()
        again = f"Stopped. What is finished is kept; continue with: traindiff run {run_dir}"
        console.print(visible(again))
        sys.exit(INTERRUPTED)
    if json:
        print_json(result.report_path)
    else:
        tell(Console(), result.report_path, result.notes)
