"""What was demanded of a report and whether it holds: as JUnit XML, and as Markdown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from traindiff.cli.assertions import Assertion
from traindiff.visible import markdown

__all__ = ["junit", "pull_request"]

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, escaped or not."""

Judged = Sequence[tuple[Mapping[str, Any], Sequence[Assertion]]]


def junit(judged: Judged) -> str:
    """Return JUnit's XML, which CI systems show as tests: a suite a report, a case a demand."""
    root = Element("testsuites", name="traindiff")
    for report, assertions in judged:
        failed = sum(not each.holds for each in assertions)
        counts = {"tests": str(len(assertions)), "failures": str(failed), "errors": "0"}
        suite = SubElement(root, "testsuite", {"name": _clean(report["title"]), **counts})
        for each in assertions:
            case = SubElement(suite, "testcase", classname="traindiff", name=_clean(each.name))
            if not each.holds:
                failure = SubElement(case, "failure", message=_clean(each.found))
                failure.text = _clean(report["answer"]["headline"])
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def pull_request(judged: Judged) -> str:
    """Return Markdown that fits a comment on a pull request; texts of the user's are escaped."""
    return "\n\n".join(_comment(report, assertions) for report, assertions in judged) + "\n"


def _comment(report: Mapping[str, Any], assertions: Sequence[Assertion]) -> str:
    recipes = report["recipes"]
    lines = [
        f"### traindiff: {markdown(report['title'])}",
        "",
        f"**{markdown(report['answer']['headline'])}**",
        *(("", markdown(recipes["sentence"])) if recipes else ()),
        *(("", "| demanded | holds | found |", "|---|---|---|") if assertions else ()),
        *map(_row, assertions),
    ]
    if report["cautions"]:
        lines += ["", *(f"- ⚠ {markdown(caution)}" for caution in report["cautions"])]
    return "\n".join(lines)


def _row(each: Assertion) -> str:
    holds = "yes" if each.holds else "**no**"
    return f"| {markdown(each.name)} | {holds} | {markdown(each.found)} |"


def _clean(text: str) -> str:
    return FORBIDDEN.sub("�", text)
