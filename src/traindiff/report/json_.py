"""report.json: every number of a report, for programs."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

from traindiff.report.document import Document

__all__ = ["plain", "render"]


def render(document: Document) -> str:
    """Return the report as JSON; the schema is documented in ``docs/reference/report-json.md``."""
    return json.dumps(document, default=plain, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def plain(value: Any) -> dict[str, Any]:
    """Return a part of a report as a mapping from field to value, one level deep."""
    if not is_dataclass(value):
        raise TypeError(f"a report holds plain data and dataclasses, found {type(value).__name__}")
    return {field.name: getattr(value, field.name) for field in fields(value)}
