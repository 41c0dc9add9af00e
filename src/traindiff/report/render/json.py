"""report.json: every number of a report, for programs."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from traindiff.statistics.bootstrap import Interval

__all__ = ["plain", "render"]

DIGITS = {"examples": 4, "timings": 3, "settings": 17, "transform": 17}
"""Significant digits by field, and of all below it; 17 keep what people wrote as they wrote it."""
ELSEWHERE = 6
"""Enough for every chart, and the same bytes on every machine."""


def render(document: Any) -> str:
    """Return a report as JSON; the schema is documented in ``docs/reference/report-json.md``.

    Every field has a line of its own, so that two reports can be compared by a diff; columns of
    numbers stay on it.
    """
    return "".join(_lines(document, "", ELSEWHERE)) + "\n"


def plain(value: Any, digits: int = ELSEWHERE) -> Any:
    """Return a part of a report as JSON's own types, numbers to some significant digits."""
    if _has_fields(value):
        return {name: plain(each, DIGITS.get(name, digits)) for name, each in _named(value)}
    if isinstance(value, dict):
        return {str(name): plain(each, digits) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return _listed(value, digits)
    return _rounded(value, f"%.{digits}g") if isinstance(value, float) else value


def _listed(values: tuple[Any, ...] | list[Any], digits: int) -> list[Any]:
    if set(map(type, values)) == {float}:  # most of a report: worth a loop of its own
        form = f"%.{digits}g"
        return [_rounded(value, form) for value in values]
    return [plain(value, digits) for value in values]


def _rounded(value: float, form: str) -> float:
    return float(form % value) + 0.0  # never −0


def _has_fields(value: Any) -> bool:
    return is_dataclass(value) or isinstance(value, Interval)


def _named(part: Any) -> Iterator[tuple[str, Any]]:
    names = part._fields if isinstance(part, Interval) else [one.name for one in fields(part)]
    return ((name, getattr(part, name)) for name in names)


def _lines(part: Any, indent: str, digits: int) -> Iterator[str]:
    if _has_fields(part):
        named = [(name, value, DIGITS.get(name, digits)) for name, value in _named(part)]
        yield from _within("{}", ((f"{json.dumps(n)}: ", v, d) for n, v, d in named), indent)
    elif isinstance(part, dict) and part:
        heads = ((f"{_compact(str(name), digits)}: ", each, digits) for name, each in part.items())
        yield from _within("{}", heads, indent)
    elif isinstance(part, tuple) and part and _has_fields(part[0]):
        yield from _within("[]", (("", one, digits) for one in part), indent)
    else:
        yield _compact(part, digits)


def _within(brackets: str, parts: Iterable[tuple[str, Any, int]], indent: str) -> Iterator[str]:
    inner, separator = indent + " ", ""
    yield brackets[0]
    for head, part, digits in parts:
        yield f"{separator}\n{inner}{head}"
        yield from _lines(part, inner, digits)
        separator = ","
    yield f"\n{indent}{brackets[1]}"


def _compact(value: Any, digits: int) -> str:
    # Without an indent, the standard library's fast encoder is used: seconds on large reports.
    return json.dumps(plain(value, digits), ensure_ascii=False, allow_nan=False)
