"""A page that lists runs: one file, no request, no script."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from traindiff.report.render import templating
from traindiff.saved import RunSummary

__all__ = ["render"]


def render(runs: Sequence[RunSummary], folder: Path) -> str:
    """Return the page, the newest run first; links are relative to its ``folder``."""
    newest = sorted(runs, key=lambda run: run.date, reverse=True)
    links = [quote(os.path.relpath(Path(run.path) / "report.html", folder)) for run in newest]
    return templating.render("index.html.j2", runs=list(zip(newest, links, strict=True)))
