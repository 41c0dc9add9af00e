"""Three files that say the same, byte for byte the same for the same evidence."""

import errno
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

FILES = ("report.html", "report.json", "report.md", "summary.json")


def test_four_files_are_written_and_nothing_else(tmp_path):
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


@pytest.mark.parametrize("name", [f".{file}.partial" for file in FILES] + list(FILES))
def test_a_link_is_never_written_through(tmp_path, name):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).symlink_to(precious)
    write_report(cases.arrays_only(), tmp_path / "run")
    assert precious.read_text() == "precious"
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == sorted(FILES)
    assert not any((tmp_path / "run" / file).is_symlink() for file in FILES)


def test_a_disk_that_fills_up_leaves_the_four_files_of_before(tmp_path, monkeypatch):
    write_report(cases.full(), tmp_path)
    before = {file: (tmp_path / file).read_bytes() for file in FILES}
    written = []

    def fill_up(path, content):
        written.append(path)
        if len(written) == len(FILES):
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(content)

    monkeypatch.setattr("traindiff.report.writing.write_new", fill_up)
    with pytest.raises(StoreError, match=r"report\.html: the disk is full"):
        write_report(cases.null(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
