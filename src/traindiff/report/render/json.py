"""report.json: every number of a report, for programs."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from traindiff.report.content.document import Document

__all__ = ["plain", "render"]


def render(document: Document) -> str:
    """Return the report as JSON; the schema is documented in ``docs/reference/report-json.md``.

    Every field has a line of its own, so that two reports can be compared by a diff; columns of
    numbers stay on it.
    """
    return "".join(_lines(document, "")) + "\n"


def plain(value: Any) -> dict[str, Any]:
    """Return a part of a report as a mapping from field to value, one level deep."""
    if not is_dataclass(value):
        raise TypeError(f"a report holds plain data and dataclasses, found {type(value).__name__}")
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _lines(part: Any, indent: str) -> Iterator[str]:
    named = plain(part) if is_dataclass(part) else part
    if isinstance(named, dict) and named:
        heads = [f"{_compact(str(name))}: " for name in named]
        yield from _within("{}", zip(heads, named.values(), strict=True), indent)
    elif isinstance(named, tuple) and named and is_dataclass(named[0]):
        yield from _within("[]", (("", one) for one in named), indent)
    else:
        yield _compact(named)


def _within(brackets: str, parts: Iterable[tuple[str, Any]], indent: str) -> Iterator[str]:
    inner, separator = indent + " ", ""
    yield brackets[0]
    for head, part in parts:
        yield f"{separator}\n{inner}{head}"
        yield from _lines(part, inner)
        separator = ","
    yield f"\n{indent}{brackets[1]}"


def _compact(value: Any) -> str:
    # Without an indent, the standard library's fast encoder is used: seconds on large reports.
    return json.dumps(value, default=plain, ensure_ascii=False, allow_nan=False)
