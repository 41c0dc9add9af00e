"""docs/case-studies.md says what case_studies/results say."""

import json
import re
from pathlib import Path

import pytest

from case_studies import publish, summary
from traindiff.study.files import read_file

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/case-studies.md").read_text("utf-8")
SECTIONS = {
    "augmentation": "## 1 Augmentation",
    "augmentation-fashion": "### On Fashion-MNIST",
    "pretraining": "## 2 Pre-training",
    "sgd": "## 3 SGD",
}
"""What a study's section begins with; it ends where the next one begins."""
VERDICTS = ("confirmed", "inconclusive", "refuted", "not_tested")


def section(name):
    start = PAGE.index(SECTIONS[name])
    ends = [PAGE.find(each, start + 1) for each in (*SECTIONS.values(), "## What it took")]
    return PAGE[start : min(end for end in ends if end > start)]


def numbers(value):
    """Yield every number of a report."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, int | float):
        yield float(value)


def test_the_overview_is_of_the_results():
    assert "\n".join(summary.overview()) in PAGE


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.parametrize("part", [summary.heading, summary.directions, summary.trials])
def test_verdicts_directions_and_effects_are_those_of_the_report(name, part):
    lines = "\n".join(part(summary.read(name)))
    assert lines in section(name)


@pytest.mark.parametrize("name", SECTIONS)
def test_no_transformation_is_told_that_the_report_lacks(name):
    rows = [line for line in section(name).splitlines() if line.startswith("| ")]
    told = [row for row in rows if row[2:].startswith(VERDICTS)]
    assert told == list(summary.trials(summary.read(name)))[2:]


@pytest.mark.parametrize("name", SECTIONS)
def test_signed_numbers_and_percentages_of_the_prose_are_in_the_report(name):
    prose = "\n".join(line for line in section(name).splitlines() if line[:1] not in ("|", ">"))
    known = {
        f"{scale * value:+.{digits}f}".replace("-", "−")
        for value in numbers(json.loads((publish.RESULTS / f"{name}.json").read_text("utf-8")))
        for scale in (1, 100)
        for digits in (0, 1, 2)
    }
    told = re.findall(r"[+−]\d+(?:\.\d+)?", prose)
    told += [f"+{share}" for share in re.findall(r"(\d+\.\d+)%", prose)]
    assert set(told) <= known


@pytest.mark.parametrize("name", publish.STUDIES)
def test_results_are_of_the_study_files(name):
    report = summary.read(name)
    settings = read_file(ROOT / "case_studies" / publish.STUDIES[name])
    assert set(report["models"]["n_models"].values()) == {settings["train"]["models"]}
    assert report["title"] == settings["title"]
    assert report["reproduction"]["command"] in PAGE
    for size in ("train", "targets", "verification"):
        assert report["data"][f"n_{size}"] == settings["data"][size]


@pytest.mark.parametrize(("name", "control"), publish.CONTROLS.items())
def test_controls_are_of_the_same_size_and_silent(name, control):
    study, null = summary.read(name), summary.read(control)
    assert null["models"]["n_models"] == study["models"]["n_models"]
    assert null["data"]["n_targets"] == study["data"]["n_targets"]
    assert null["answer"]["p_value"] > null["answer"]["level"]
    assert not any(each["significant"] for each in null["directions"])
