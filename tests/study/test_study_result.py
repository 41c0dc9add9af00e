"""A study's result shows itself, and is written with its control and its learning curves."""

import json
import tomllib

import numpy as np
import pytest

import traindiff as td
from traindiff.errors import InputError
from traindiff.study.files import study_from

SETTINGS = {
    "title": "A weak penalty against a strong one",
    "data": {"source": "wine", "train": 80, "targets": 40, "verification": 40},
    "a": {"kind": "closed-form", "name": "weak", "alpha": 0.1, "standardise": True},
    "b": {"kind": "closed-form", "name": "strong", "alpha": 1000.0, "standardise": True},
    "train": {"models": 60, "engine": "inline"},
    "compare": {"permutations": 39},
    "verify": {
        "models": 5,
        "proposals": 0,
        "resamples": 100,
        "transform": [{"kind": "permute", "column": "proline", "side": "A"}],
    },
}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return study_from(SETTINGS, tmp_path_factory.mktemp("study") / "run").run()


def test_it_is_one_line_in_a_terminal_and_html_in_a_notebook(result):
    assert repr(result).startswith("<StudyResult: <Comparison: honest, p = ")
    assert repr(result).endswith(f"report at {result.report_path}>")
    assert "\n" not in repr(result)
    assert json.loads(_report(result))["answer"]["headline"] in result._repr_html_()


def test_what_it_holds_is_one_line_too(result):
    for shown in (result.evidence, result.evidence.findings):
        assert repr(result.comparison) in repr(shown)
        assert "\n" not in repr(shown)


def test_its_parts_are_those_of_the_evidence_it_was_written_from(result):
    assert result.comparison is result.evidence.findings.comparison
    assert (result.outputs_a, result.outputs_b) == tuple(result.evidence.findings.outputs)
    assert result.hypotheses is result.evidence.hypotheses
    assert len(result.verdicts) == 1


def test_a_direction_shows_the_studys_own_examples(result):
    shown = result.direction(0)._repr_html_()
    assert "proline" in shown or "class_" in shown
    with pytest.raises(InputError, match="direction must lie in"):
        result.direction(99)


def test_hypotheses_make_a_table(result):
    frame = result.to_frame()
    assert frame["verdict"].tolist() == [verdict.state for verdict in result.verdicts]
    assert frame["low_a"][0] <= frame["effect_a"][0] <= frame["high_a"][0]


def test_the_report_holds_the_control_the_curves_and_the_study_file(result):
    report = json.loads(_report(result))
    assert 0 < report["diagnostics"]["control_p_value"] <= 1
    assert list(report["diagnostics"]["curves"]) == ["a", "b"]
    assert report["diagnostics"]["curves"]["a"]["sizes"][-1] == 48
    assert tomllib.loads(report["reproduction"]["study"]) == SETTINGS
    assert report["reproduction"]["command"] == "traindiff run study.toml"


def test_a_study_made_in_python_has_no_file_to_show(tmp_path):
    data = td.load("wine")
    parts = td.split(data, train=60, targets=30, verification=30, seed=0)
    recipe = study_from(SETTINGS, tmp_path).a
    quick = {"permutations": 19}
    made = td.Study(parts, recipe, recipe, run_dir=tmp_path / "r", models=20, compare=quick).run()
    report = json.loads(_report(made))
    assert (report["reproduction"]["study"], report["reproduction"]["command"]) == ("", "")
    assert report["diagnostics"]["control_p_value"] is None  # 10 models a half are too few
    assert np.isfinite(made.comparison.p_value)


def _report(result) -> str:
    return result.report_path.with_suffix(".json").read_text("utf-8")
