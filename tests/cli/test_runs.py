"""Runs from far away: asserted in a pipeline, listed, indexed."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from traindiff.cli import main
from traindiff.saved import SCHEMA

REPORT = {
    "schema": "traindiff-report/2",
    "title": "Is <b> the same & | as a?",
    "answer": {"found": False, "headline": "No difference found (p = 0.40)."},
    "cautions": [],
    "recipes": {"sentence": "A and B differ in lr (0.1 against 0.2)."},
    "trials": [{"state": "refuted", "description": "shift"}],
    "agreement": {
        "disagreement": {"mean": 0.03, "low": 0.01, "high": 0.05},
        "self_disagreement": {
            "a": {"mean": 0.02, "low": 0.01, "high": 0.03},
            "b": {"mean": 0.02, "low": 0.01, "high": 0.03},
        },
        "accuracy_difference": {"mean": 0.01, "low": -0.01, "high": 0.03},
    },
}
SUMMARY = {
    "path": "",
    "title": "plain against shifts",
    "date": "2026-05-17 09:30",
    "headline": "A and B use their training data differently (p = 0.01).",
    "found": True,
    "p_value": 0.01,
    "names": {"a": "plain", "b": "shifts"},
    "n_models": {"a": 80, "b": 80},
    "confirmed": 1,
    "tested": 3,
    "cautions": 2,
}


@pytest.fixture
def command(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["traindiff", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return stop.value.code, said.out, said.err

    return call


def report_in(folder, **changes):
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps({**REPORT, **changes}))
    return folder


def summary_in(folder, **changes):
    folder.mkdir(parents=True)
    (folder / "study.json").write_text("{}")
    (folder / "summary.json").write_text(json.dumps({**SUMMARY, **changes}))
    return folder


@pytest.mark.parametrize(
    ("demand", "changes", "code"),
    [
        (["--no-difference"], {}, 0),
        (["--no-difference"], {"answer": {**REPORT["answer"], "found": True}}, 1),
        (["--no-difference"], {"answer": {**REPORT["answer"], "found": None}}, 2),
        (["--max-disagreement", "3%"], {}, 0),
        (["--max-disagreement", "0.02"], {}, 1),
        (["--max-disagreement", "2%"], {"agreement": None}, 2),
        (["--max-accuracy-drop", "1%"], {}, 0),
        (["--max-accuracy-drop", "0.5%"], {}, 1),
        (["--no-confirmed"], {}, 0),
        (["--no-confirmed"], {"trials": [{"state": "confirmed", "description": "x"}]}, 1),
        (["--fit"], {}, 0),
        (["--fit"], {"cautions": ["A says 'no' of every target."]}, 1),
        (["--no-difference", "--max-disagreement", "1%"], {}, 1),
        ([], {}, 2),
        (["--max-disagreement", "two"], {}, 2),
    ],
)
def test_the_exit_code_says_whether_all_holds(tmp_path, command, demand, changes, code):
    assert command("assert", report_in(tmp_path / "run", **changes), *demand)[0] == code


def test_a_run_without_a_report_is_unusable(tmp_path, command):
    code, _, err = command("assert", tmp_path, "--fit")
    assert code == 2
    assert "traindiff run" in err
    (tmp_path / "report.json").write_text('{"schema": "traindiff-report/9"}')
    assert command("assert", tmp_path, "--fit")[0] == 1


def test_junit_and_markdown_say_the_same_and_escape_what_people_wrote(tmp_path, command):
    run = report_in(tmp_path / "run", cautions=["<script>", "a\x00b"])
    xml, text = tmp_path / "ci" / "junit.xml", tmp_path / "comment.md"
    demands = ["--no-difference", "--fit", "--max-disagreement", "1%"]
    code, out, _ = command("assert", run, *demands, "--junit", xml, "--markdown", text)
    assert code == 1
    suite = ElementTree.parse(xml).getroot().find("testsuite")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == (
        REPORT["title"],
        "3",
        "2",
    )
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["fit to be compared", "disagreement at most 1%"]
    comment = text.read_text()
    assert "differ in lr" in comment
    assert "<script>" not in comment
    assert "<b>" not in comment
    assert "&amp;" not in comment
    assert out.count("FAILS:") == 2
    assert out.count("holds:") == 1


def test_every_run_below_is_listed_and_none_inside_another(tmp_path, command):
    summary_in(tmp_path / "b")
    summary_in(tmp_path / "deep" / "er" / "a", title="null", found=False, p_value=0.4, cautions=0)
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "study.json").write_text("{}")
    summary_in(tmp_path / "b" / "inside")
    code, out, _ = command("list", tmp_path)
    assert code == 0
    assert [line.split("  ")[-2].strip() for line in out.splitlines() if "p =" in line] == [
        str(tmp_path / "b"),
        str(tmp_path / "deep" / "er" / "a"),
    ]
    assert "different" in out.splitlines()[0]
    assert "2 to check" in out.splitlines()[0]
    assert "not finished" in out
    assert len(out.splitlines()) == 3


def test_a_damaged_summary_is_named(tmp_path, command):
    for content in ("[1]", "{", '{"title": 3}'):
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / "summary.json").write_text(content)
        code, _, err = command("list", tmp_path)
        assert code == 1
        assert "traindiff report" in err


@pytest.mark.parametrize(
    ("name", "forged"),
    [("p_value", "x"), ("title", 5), ("n_models", {"a": 1, "b": "many"}), ("n_models", 3)],
)
def test_a_forged_summary_is_named(tmp_path, command, name, forged):
    summary_in(tmp_path / "run", **{name: forged})
    code, _, err = command("list", tmp_path)
    assert code == 1
    assert "summary.json is no report of traindiff's" in err


@pytest.mark.parametrize("forged", [{}, {"answer": 3}, {"answer": {"found": False}}])
def test_a_report_that_lacks_what_is_demanded_is_named(tmp_path, command, forged):
    (tmp_path / "report.json").write_text(json.dumps({"schema": SCHEMA, **forged}))
    page = tmp_path / "comment.md"
    code, _, err = command("assert", tmp_path, "--no-difference", "--markdown", page)
    assert code != 0
    assert "report.json is no report of traindiff's" in err
    assert not page.exists()


def test_the_page_links_every_report_and_escapes_names(tmp_path, command):
    summary_in(tmp_path / "a b", title="<script>alert(1)</script>")
    code, out, _ = command("runs", tmp_path)
    page = Path(out.strip()).read_text()
    assert code == 0
    assert 'href="a%20b/report.html"' in page
    assert "<script>alert" not in page


def test_a_thousand_runs_are_read_without_the_libraries(tmp_path):
    for place in range(1000):
        summary_in(tmp_path / f"{place:04d}")
    code = (
        "import sys, time; from pathlib import Path; from traindiff.saved import find_runs; "
        f"n = len(list(find_runs(Path({str(tmp_path)!r})))); "
        "print(n, [m for m in ('numpy', 'torch', 'zarr', 'sklearn') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "1000 []\n"
