"""Build the documentation site: docs/, the project's own pages, and what the code says.

Usage: python docs/scripts/build_site.py

Writes build/site. Needs no network and no browser. A broken link, within a page too, is an error.
The pages are put together in build/docs first, so that the generator needs no plugin of ours.
"""

import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from traindiff.augment.kinds import KINDS as AUGMENTATIONS
from traindiff.datasets.sources import SOURCES, source_called
from traindiff.transforms.kinds import KINDS

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
PAGES = BUILD / "docs"
PROJECT = {
    "architecture.md": "ARCHITECTURE.md",
    "benchmarks/calibration.md": "benchmarks/results/calibration.md",
    "benchmarks/calibration_focus.md": "benchmarks/results/calibration_focus.md",
    "benchmarks/calibration_hostile.md": "benchmarks/results/calibration_hostile.md",
    "benchmarks/comparison_speed.md": "benchmarks/results/comparison_speed.md",
    "benchmarks/looks.md": "benchmarks/results/looks.md",
    "benchmarks/planted.md": "benchmarks/results/planted.md",
    "benchmarks/planted_focus.md": "benchmarks/results/planted_focus.md",
    "benchmarks/scale.md": "benchmarks/results/scale.md",
    "case-studies/paper.md": "case_studies/paper/README.md",
    "case-studies/plan.md": "case_studies/PLAN.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
}
FILLED_IN = ("index", "code", "categorical")  # fields of a transformation that the data determine
EXAMPLE = re.compile(r'(?:^<span style="[^"]*">\$ .*</span>\n?)+', re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#]+)")


def main() -> None:
    assemble()
    config = (ROOT / "mkdocs.yml").read_text()
    config = config.replace("paths: [src]", f"paths: [{ROOT / 'src'}]")
    (BUILD / "mkdocs.yml").write_text(config)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=BUILD)
    if done.returncode == 0:
        print(BUILD / "site" / "index.html")
    sys.exit(done.returncode)


def assemble() -> None:
    """Put every page of the site into `PAGES`, links led to where pages lie there."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(ROOT / "docs", PAGES, ignore=shutil.ignore_patterns("scripts"))
    for page, source in PROJECT.items():
        (PAGES / page).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / source, PAGES / page)
    for path in PAGES.rglob("*.md"):
        page = path.relative_to(PAGES).as_posix()
        path.write_text(filled(relinked(path.read_text("utf-8"), page)), encoding="utf-8")


def relinked(markdown: str, page: str) -> str:
    """Lead links that suit the repository to the same pages on the site."""
    source = ROOT / PROJECT.get(page, f"docs/{page}")
    moved = {ROOT / path: PAGES / name for name, path in PROJECT.items()}

    def lead(match: re.Match[str]) -> str:
        target = (source.parent / match.group()).resolve()
        if target.is_relative_to(ROOT / "docs"):
            moved[target] = PAGES / target.relative_to(ROOT / "docs")
        if target not in moved:
            return match.group()
        return Path(os.path.relpath(moved[target], (PAGES / page).parent)).as_posix()

    return LINK.sub(lead, markdown)


def filled(markdown: str) -> str:
    """Put what the code says where a page asks for it."""
    parts: tuple[Callable[[], str], ...] = (commands, sources, augmentations, transformations)
    for part in parts:
        marker = f"<!-- {part.__name__} -->"
        markdown = markdown.replace(marker, part()) if marker in markdown else markdown
    return markdown


def commands() -> str:
    """Return a section a command: its help, as typer tells it."""
    program = ["typer", "traindiff.cli.app", "utils", "docs", "--name", "traindiff"]
    told = subprocess.run(
        [sys.executable, "-m", *program], capture_output=True, text=True, check=True
    ).stdout
    return EXAMPLE.sub(_block, told[told.index("## ") :])


def sources() -> str:
    """Return a section a data source, its arguments from its docstring."""
    return "\n".join(_described(name, source_called(name)) for name in SOURCES)


def augmentations() -> str:
    """Return a section an augmentation."""
    return "\n".join(_described(name, kind, level=4) for name, kind in AUGMENTATIONS.items())


def transformations() -> str:
    """Return a table of the transformations: kind, parameters, and what each does."""
    rows = ["| kind | parameters | does |", "|---|---|---|"]
    for name, kind in sorted(KINDS.items()):
        parameters = ", ".join(
            f"`{field.name}`" + ("" if field.default is MISSING else f" = `{field.default!r}`")
            for field in fields(kind)
            if field.name not in FILLED_IN
        )
        rows.append(f"| `{name}` | {parameters} | {inspect.getdoc(kind).splitlines()[0]} |")
    return "\n".join(rows)


def _block(match: re.Match[str]) -> str:
    lines = re.sub(r"<[^>]+>", "", match.group()).strip()
    return f"```console\n{lines}\n```\n"


def _described(name: str, made: Any, level: int = 3) -> str:
    return f"""{"#" * level} {name}

::: {made.__module__}.{made.__qualname__}
    options:
      members: false
      show_root_heading: false
      show_root_toc_entry: false
"""


if __name__ == "__main__":
    main()
