"""The summary says what the report says."""

import json

import pytest

from case_studies import publish, summary
from traindiff.study.demo import demo_settings
from traindiff.study.files import study_from


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    settings = demo_settings(null=False)
    settings["data"] |= {"train": 100, "targets": 60, "verification": 60}
    settings["train"] = {"engine": "inline"}
    settings["focus"] = {"models": 40}
    settings["verify"] = {
        "models": 5,
        "proposals": 0,
        "transform": [{"kind": "shift", "dx": 2, "author": "a test"}],
    }
    for side in "ab":
        settings[side] = {**settings[side], "epochs": 5}
    found = study_from(settings, tmp_path_factory.mktemp("run")).run()
    return found.report_path.with_suffix(".json")


def test_tells_the_verdict_the_accuracies_and_every_trial(report, capsys, monkeypatch, tmp_path):
    document = json.loads(report.read_text("utf-8"))
    for name in ("study", "study-control"):
        (tmp_path / f"{name}.json").write_text(report.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(summary, "RESULTS", tmp_path)
    monkeypatch.setattr(summary, "CONTROLS", {"study": "study-control"})
    monkeypatch.setattr(summary, "NAMES", {"study": "a study"})
    summary.main()
    told = capsys.readouterr().out
    p = summary.p_value(document)
    assert f"| a study | 40 | {p} | " in told
    assert f"| 40, {p} |" in told
    assert document["answer"]["headline"] in told
    assert "40 models of A (plain) and 40 of B (shifts)" in told
    assert f"A {100 * document['agreement']['accuracy']['a']['mean']:.1f}% [" in told
    (trial,) = document["trials"]
    assert f"| {trial['state']} | {trial['name']} | a test | margin, all |" in told
    assert f"{trial['effect']['a']['mean']:+.2f}".replace("-", "−") in told


def test_probabilities_are_in_points_and_margins_as_they_are():
    found = {"mean": -0.0256, "low": -0.069, "high": 0.0094}
    assert summary.effect(found, "percentage points") == "−2.6 [−6.9, +0.9]"
    assert summary.effect(found, "log-odds of the right class") == "−0.03 [−0.07, +0.01]"
    assert summary.effect(None, "percentage points") == ""


@pytest.mark.parametrize(
    ("words", "short"),
    [
        ("the probability of “sea animal”", "P(sea animal)"),
        ("the margin", "margin"),
        ("inputs of every class but “bug”", "all but bug"),
        ("inputs of class “bug”", "bug"),
        ("something else", "something else"),
    ],
)
def test_measured_in_fewer_words(words, short):
    assert summary.shorter(words) == short


@pytest.mark.parametrize(
    ("p", "said"), [(1 / 201, "≤ 0.005"), (3 / 201, "0.015"), (0.3483, "0.35")]
)
def test_the_smallest_p_value_is_told_as_a_bound(p, said):
    assert summary.p_value({"answer": {"p_value": p, "smallest_p_value": 1 / 201}}) == said


def test_directions_come_with_what_is_over_represented():
    web = {"name": "pattern", "value": "web", "here": 0.9, "elsewhere": 0.1}
    ends = [
        {"target_enrichment": [web], "train_enrichment": []},
        {"target_enrichment": [], "train_enrichment": [web]},
    ]
    found = {"number": 1, "p_value": 0.005, "side": "B", "projection_correlation": 0.7}
    cards = [{**found, "significant": each, "ends": ends} for each in (True, False)]
    lines = list(summary.directions({"directions": cards}))
    web_line = "pattern web 90% (others 10%)"
    assert lines[2:] == [f"| 1 | 0.005 | B | 0.70 | targets: {web_line} | training: {web_line} |"]
    assert list(summary.directions({"directions": cards[1:]})) == []


def test_publishes_what_is_there_with_the_command_that_made_it(
    report, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "case_studies").mkdir()
    (tmp_path / "runs/sgd").mkdir(parents=True)
    (tmp_path / "runs/sgd/report.json").write_text(report.read_text("utf-8"), "utf-8")
    publish.main()
    (path,) = publish.RESULTS.iterdir()
    document = json.loads(path.read_text("utf-8"))
    command = "traindiff run case_studies/sgd/study.toml --out runs/sgd"
    assert document["reproduction"]["command"] == command
    missing = "runs/pretraining/report.json is not there: traindiff run case_studies/pretraining/"
    assert missing in capsys.readouterr().out


def test_published_reports_have_no_pictures():
    report = {"trials": [{"transform": {"kind": "paste", "picture": "a3:iVBORw0"}}], "n": 1.5}
    transform = {"kind": "paste", "picture": "left out"}
    assert publish.bare(report) == {"trials": [{"transform": transform}], "n": 1.5}
    assert {path.stem for path in publish.RESULTS.glob("*.json")} == set(publish.STUDIES)
    for path in publish.RESULTS.glob("*.json"):
        assert "iVBOR" not in path.read_text("utf-8"), path
