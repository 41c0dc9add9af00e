"""report.json is documented field by field, and holds what is documented."""

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
import report_cases as cases

from traindiff.report.content import document as schema
from traindiff.report.content.build import build
from traindiff.report.render import json as json_

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "report-json.md"
PARTS = [name for name in schema.__all__ if is_dataclass(getattr(schema, name))]


def documented(part: str) -> set[str]:
    section = PAGE.read_text("utf-8").split(f"\n## {part}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("part", PARTS)
def test_every_field_is_documented_and_no_other(part):
    assert documented(part) == {field.name for field in fields(getattr(schema, part))}


def test_the_version_is_the_documented_one():
    assert schema.SCHEMA in PAGE.read_text("utf-8")


def test_the_file_holds_the_documented_fields():
    read = json.loads(json_.render(build(cases.full())))
    for part, found in {
        "Document": read,
        "Answer": read["answer"],
        "Direction": read["directions"][0],
        "End": read["directions"][0]["ends"][0],
        "Trial": read["trials"][0],
        "Dose": read["trials"][0]["doses"][0],
        "Examples": read["examples"],
        "Influence": read["examples"]["influence"]["a"],
    }.items():
        assert set(found) == documented(part)


def test_numbers_keep_six_digits():
    text = json_.render(build(cases.full()))
    digits = [len(re.sub(r"e.*|\D", "", n).lstrip("0")) for n in re.findall(r"-?\d+\.\d+\S*", text)]
    assert max(digits) <= 6


def test_rounding_is_the_files_alone():
    evidence = cases.full(settings={"rate": 0.12345678901}, timings={"training": 61.23456})
    document = build(evidence)
    read = json.loads(json_.render(document))
    assert document.similarity.mean == float(evidence.comparison.similarity.mean())
    assert read["similarity"]["mean"] == float(f"{document.similarity.mean:.6g}")
    assert read["examples"]["similarity"][0] == float(f"{document.examples.similarity[0]:.4g}")
    assert read["reproduction"]["settings"] == {"rate": 0.12345678901}
    assert read["reproduction"]["timings"] == {"training": 61.2}
