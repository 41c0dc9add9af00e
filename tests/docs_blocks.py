"""The code blocks of the documentation, found by a Markdown parser and told apart by language."""

import re
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

import click
from markdown_it import MarkdownIt
from typer.main import get_command

from traindiff.cli.app import app
from traindiff.report.content.study_file import study_file

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LANGUAGES = {"python", "toml", "console", "json", "text", ""}
FEW = {"train": 60, "targets": 40, "verification": 40}
SMALL = {"models": 20, "engine": "inline"}
QUICK = {"models": 5, "discovery_models": 2, "proposals": 0, "resamples": 100}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block with its language, perhaps the file it is, and the line it begins on."""

    language: str
    title: str | None
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    tokens = MarkdownIt().parse(page.read_text("utf-8"))
    return [_block(token) for token in tokens if token.type in ("fence", "code_block")]


def _block(token) -> Block:
    language, _, rest = token.info.strip().partition(" ")
    title = re.search(r'title="([^"]+)"', rest)
    return Block(
        language=language,
        title=title and title.group(1),
        text=token.content,
        line=token.map[0] + 1,
    )


def shrunk_python(text: str) -> str:
    """Return the same path, sooner done."""
    return re.sub(r"\bmodels=\d+", f"models={SMALL['models']}", text)


def shrunk_study(text: str) -> str:
    """Return the same study with few examples and models, trained in this process."""
    study = tomllib.loads(text)
    study["data"] |= FEW
    study["train"] = study.get("train", {}) | SMALL
    study["verify"] = study.get("verify", {}) | QUICK
    study["compare"] = study.get("compare", {}) | {"permutations": 19}
    return study_file(study)


def commands(block: Block) -> list[list[str]]:
    """Return the words of every command line of a console block; comments are left out."""
    lines = [line.removeprefix("$ ") for line in block.text.splitlines() if line.strip()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def check_traindiff(arguments: list[str]) -> None:
    """Raise `click.UsageError` if the real command line would refuse these arguments."""
    group = get_command(app)
    name, *rest = arguments
    with click.Context(group) as parent:
        command = group.get_command(parent, name)
        if command is None:
            raise click.UsageError(f"there is no command {name!r}")
        command.make_context(name, rest, parent=parent)
