"""Templates, their filters and the files beside them; every text is escaped."""

import json
import re
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup, escape

from traindiff.report.content import words
from traindiff.report.render.json import plain
from traindiff.report.render.thumbnails import COLUMNS, PER_SHEET

__all__ = ["SHEETS", "asset", "render"]

SHEETS = {"tiles": PER_SHEET, "columns": COLUMNS}
NAMED = re.compile(
    r"\b(?:(?<=under )|(?<=and )|(?<=than )|(?<=from )|(?=[AB] and [AB]\b)|(?=[AB] leans))[AB]\b"
)


def render(name: str, **values: Any) -> str:
    """Return a template filled in; it also gets the style sheet and the size of picture sheets."""
    style = Markup(asset("style.css"))  # noqa: S704 - our own file
    template = _environment().get_template(name)
    return template.render(style=style, sheet_size=SHEETS, **values)


@cache
def asset(name: str) -> str:
    """Return the text of a file among the templates."""
    return (resources.files("traindiff.report") / "templates" / name).read_text("utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("traindiff.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": words.count,
        "number": words.number,
        "p_value": words.p_value,
        "percent": words.percent,
        "percent_interval": words.percent_interval,
        "plural": words.plural,
        "pretty": _pretty,
        "seconds": words.seconds,
        "signed": words.signed,
        "signed_interval": words.signed_interval,
        "tinted": _tinted,
        "values_of": lambda part: tuple(plain(part).values()),
    }
    return environment


def _pretty(settings: dict[str, Any]) -> str:
    return json.dumps(settings, indent=2, ensure_ascii=False, default=str)


def _tinted(text: str) -> Markup:
    """Escape a sentence and give "A" and "B" their colours where they mean the algorithms."""
    escaped = str(escape(text))
    return Markup(NAMED.sub(_arm, escaped))  # noqa: S704 - escaped above


def _arm(match: re.Match[str]) -> str:
    name = match.group()
    return f'<b class="arm {name.lower()}">{name}</b>'
