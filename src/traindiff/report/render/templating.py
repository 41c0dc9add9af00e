"""Templates, their filters and the files beside them; every text is escaped."""

import json
import re
from dataclasses import astuple
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup, escape

from traindiff.report.content import words

__all__ = ["asset", "render"]

NAMED = re.compile(
    r"\b(?:(?<=under )|(?<=and )|(?<=than )|(?<=from )|(?=[AB] and [AB]\b)|(?=[AB] leans))[AB]\b"
)


def render(name: str, **values: Any) -> str:
    """Return a template filled in."""
    return _environment().get_template(name).render(**values)


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
        "cells": astuple,
        "count": words.count,
        "measured": words.measured,
        "number": words.number,
        "p_value": words.p_value,
        "percent": words.percent,
        "percent_interval": words.percent_interval,
        "plural": words.plural,
        "pretty": _pretty,
        "seconds": words.seconds,
        "signed": words.signed,
        "signed_interval": words.signed_interval,
        "thresholds": words.thresholds,
        "tinted": _tinted,
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
