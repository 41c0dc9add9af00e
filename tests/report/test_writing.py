"""Three files that say the same, byte for byte the same for the same evidence."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import report_cases as cases

from traindiff.errors import StoreError
from traindiff.report import write_report

FILES = ("report.html", "report.json", "report.md")


def test_three_files_are_written_and_nothing_else(tmp_path):
    assert write_report(cases.full(), tmp_path / "new") == tmp_path / "new" / "report.html"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(FILES)


def test_a_second_report_replaces_the_first(tmp_path):
    write_report(cases.full(), tmp_path)
    write_report(cases.null(), tmp_path)
    assert "No difference found" in (tmp_path / "report.md").read_text("utf-8")
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["answer"]["found"] is False


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(StoreError, match=r"can't write .*taken"):
        write_report(cases.arrays_only(), tmp_path / "taken")


def test_bytes_do_not_depend_on_the_process(tmp_path):
    script = (
        "import sys, report_cases as cases; from traindiff.report import write_report;"
        "write_report(cases.hostile(), sys.argv[1])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", script, str(tmp_path / "other")]
    subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parent)
    write_report(cases.hostile(), tmp_path / "own")
    for file in FILES:
        assert (tmp_path / "other" / file).read_bytes() == (tmp_path / "own" / file).read_bytes()


def test_every_number_of_the_markdown_is_the_documents(tmp_path):
    write_report(cases.full(), tmp_path)
    text = (tmp_path / "report.md").read_text("utf-8")
    answer = json.loads((tmp_path / "report.json").read_text("utf-8"))["answer"]
    assert answer["headline"] in text
    assert "| 1 | p ≤ 0.005 | A | 11.0% | 1.0% |" in text


def test_markdown_keeps_no_hostile_name_in_force(tmp_path):
    write_report(cases.hostile(), tmp_path)
    text = (tmp_path / "report.md").read_text("utf-8").split("## Reproduce")[0]
    assert not re.search(r"(?<!\\)[<`]", text)
    assert not re.search(r"(?<!\\)\]\(", text)
