"""The first and the last step of a study: files to begin with, and the report in a browser."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from traindiff.cli.shared import say
from traindiff.cli.starters import Kind, starter
from traindiff.errors import InputError

__all__ = ["init", "open_report"]


def init(
    kind: Annotated[
        Kind, typer.Argument(help="What it compares on; 'code' is for your own training loop.")
    ] = "images",
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write; made if it is not there.")
    ] = Path(),
) -> None:
    """Write an annotated study.toml to begin with. It runs as it is.

    [dim]$ traindiff init code my-study[/]
    [dim]$ cd my-study[/]
    [dim]$ traindiff run study.toml --dry-run[/]
    [dim]$ traindiff run study.toml[/]
    """
    texts = starter(kind)
    taken = [folder / name for name in texts if (folder / name).exists()]
    if taken:
        raise InputError(
            f"{taken[0]} is there already and is not overwritten: give another folder, such as: "
            f"traindiff init {kind} my-study"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise InputError(f"{folder} can't be written to: {error}.") from error
    here = folder == Path()
    say(f"Wrote {', '.join(texts)}{'' if here else f' into {folder}'}.")
    say(f"Next: {'' if here else f'cd {folder}; '}traindiff run study.toml --dry-run")


def open_report(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="The directory of a run.")],
) -> None:
    """Open the report of a run in the browser; where there is none, say where the report lies.

    [dim]$ traindiff open runs/demo[/]
    """
    path = (run_dir if run_dir.suffix == ".html" else run_dir / "report.html").resolve()
    if not path.is_file():
        raise InputError(
            f"{path} does not exist: the run is not finished, or {run_dir} is no run directory. "
            f"Continue a run with: traindiff run {run_dir}"
        )
    say(str(path))
    if not webbrowser.open(path.as_uri()):
        say("No browser was found here: open that file in one.", err=True)
