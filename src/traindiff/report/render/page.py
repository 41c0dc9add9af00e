"""The HTML page: one file, no request, every text escaped."""

import base64
import hashlib
import json
from functools import cache
from typing import Any

import vl_convert
from markupsafe import Markup

from traindiff.report.content.document import Document
from traindiff.report.render import templating
from traindiff.report.render.figures import figures
from traindiff.report.render.json import DIGITS, plain
from traindiff.report.render.pictures import Pictures

__all__ = ["render"]


def render(document: Document, pictures: Pictures | None) -> str:
    """Return the report as one HTML page."""
    shown = figures(document)
    blocks = {
        "figures": plain({name: figure.spec() for name, figure in shown.items()}),
        "examples": _rows(document, pictures),
    }
    scripts = [_bundle(), templating.asset("script.js")]
    return templating.render(
        "report.html.j2",
        report=document,
        figures=shown,
        pictures=pictures,
        blocks={name: _inert(block) for name, block in blocks.items()},
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own, and vega's
        policy=_policy(scripts),
    )


@cache
def _bundle() -> str:
    """Return Vega, Vega-Lite and vega-embed as one script that needs no network."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle.replace("</script", "<\\/script")


def _inert(block: Any) -> Markup:
    """Return JSON that cannot end the script element that holds it."""
    text = json.dumps(block, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - no character left that HTML reads


def _policy(scripts: list[str]) -> str:
    """Forbid every request, and every script but ours."""
    digests = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'unsafe-eval' {hashes}; base-uri 'none'; form-action 'none'"
    )


def _rows(document: Document, pictures: Pictures | None) -> dict[str, Any]:
    rows = plain(document.examples, DIGITS["examples"])
    if pictures is None:
        return {**rows, "places": {}, "sheets": {}}
    places = {"targets": pictures.targets, "train": pictures.train}
    return {**rows, "places": places, "sheets": pictures.sheets.layout}
