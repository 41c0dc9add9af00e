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
    settings["train"] = {"models": 40, "engine": "inline"}
    settings["verify"] = {
        "models": 5,
        "proposals": 0,
        "transform": [{"kind": "shift", "dx": 2, "author": "a test"}],
    }
    for side in "ab":
        settings[side] = {**settings[side], "epochs": 5}
    found = study_from(settings, tmp_path_factory.mktemp("run")).run()
    return found.report_path.with_suffix(".json")


def test_tells_the_verdict_the_accuracies_and_every_trial(report, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["summary", str(report)])
    summary.main()
    told, document = capsys.readouterr().out, json.loads(report.read_text("utf-8"))
    assert document["answer"]["headline"] in told
    assert "40 models of A (plain) and 40 of B (shifts)" in told
    assert f"A {100 * document['agreement']['accuracy_a']['mean']:.1f}% [" in told
    (trial,) = document["trials"]
    assert f"| {trial['state']} | {trial['description']} | a test |" in told
    assert f"{trial['a']['mean']:+.2f}" in told


def test_directions_come_with_what_is_over_represented():
    web = {"name": "pattern", "value": "web", "here": 0.9, "elsewhere": 0.1}
    ends = [
        {"target_enrichment": [web], "train_enrichment": []},
        {"target_enrichment": [], "train_enrichment": [web]},
    ]
    found = {"number": 1, "p_value": 0.005, "side": "B", "projection_correlation": 0.7}
    cards = [{**found, "significant": each, "ends": ends} for each in (True, False)]
    lines = list(summary.directions({"directions": cards}))
    web_line = "pattern web 90% (else 10%)"
    assert lines[2:] == [
        f"| 1 | 0.005 | B | 0.70 | {web_line} / nothing **against** nothing / {web_line} |"
    ]
    assert list(summary.directions({"directions": cards[1:]})) == []


def test_published_reports_have_no_pictures():
    report = {"trials": [{"transform": {"kind": "paste", "picture": "a3:iVBORw0"}}], "n": 1.5}
    transform = {"kind": "paste", "picture": "left out"}
    assert publish.bare(report) == {"trials": [{"transform": transform}], "n": 1.5}
    for path in publish.RESULTS.glob("*.json"):
        assert "iVBOR" not in path.read_text("utf-8"), path
