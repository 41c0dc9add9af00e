import json
import shutil

import numpy as np
import pytest
from recipes import LEAK, leaky, ridge

import traindiff as td
from traindiff.errors import InputError, RunDirectoryError
from traindiff.study.evidence import subsets

SIZES = {"train": 120, "targets": 80, "verification": 120}
MODELS = 128
UNTESTED = {"proposals": 0}


def recipe(name, **arguments):
    return td.FunctionAlgorithm(name=name, function=ridge, arguments=arguments)


@pytest.fixture(scope="module")
def splits():
    return td.split(leaky(), **SIZES, seed=0)


def study(splits, run_dir, a=None, b=None, **changes):
    settings = {"models": MODELS, "seed": 0, "compare": {"permutations": 99}, **changes}
    return td.Study(
        splits,
        a or recipe("sees all"),
        b or recipe("blind", blind=True),
        run_dir=run_dir,
        **settings,
    )


@pytest.fixture(scope="module")
def finished(splits, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("runs") / "leak"
    return study(splits, run_dir), study(splits, run_dir).run()


def test_a_leaked_column_is_found_named_and_confirmed(finished):
    _, result = finished
    assert result.comparison.p_value == pytest.approx(0.01 / 0.9)  # a first look has 90%
    assert result.comparison.significant
    named = [v for v in result.verdicts if LEAK in v.hypothesis.transform.describe()]
    assert any(v.state == "confirmed" and v.hypothesis.side == "A" for v in named)


def test_the_result_holds_the_ensembles_and_a_report_of_all_numbers(finished):
    _, result = finished
    assert result.outputs_a.values.shape == (MODELS, 80)
    assert result.outputs_b.masks.shape == (MODELS, 120)
    np.testing.assert_array_equal(result.outputs_a.masks, result.outputs_b.masks)
    document = json.loads(result.report_path.with_suffix(".json").read_text())
    assert document["answer"]["p_value"] == pytest.approx(result.comparison.p_value, rel=1e-5)
    assert len(document["trials"]) == len(result.verdicts)


def test_a_second_run_computes_nothing_and_writes_the_same_bytes(finished, monkeypatch):
    again, result = finished
    before = result.report_path.read_bytes()

    def refuse(*arguments, **named):
        raise AssertionError("computed again")

    monkeypatch.setattr("traindiff.training.work.OutputsWork.__call__", refuse)
    for computed in ("compare", "control_p_value", "fit_datamodels", "learning_curve"):
        monkeypatch.setattr(f"traindiff.study.evidence.subsets.{computed}", refuse)
    for computed in ("propose", "verify"):
        monkeypatch.setattr(f"traindiff.study.job.{computed}", refuse)
    repeated = again.run()
    np.testing.assert_array_equal(repeated.outputs_a.values, result.outputs_a.values)
    assert repeated.report_path.read_bytes() == before


def test_what_determines_a_finding_has_it_computed_anew(finished, splits, tmp_path, monkeypatch):
    done, result = finished
    run_dir = tmp_path / "run"
    shutil.copytree(done.run_dir, run_dir)
    asked = []
    compute = subsets.compare

    def counted(*arguments, **settings):
        asked.append(settings["permutations"])
        return compute(*arguments, **settings)

    monkeypatch.setattr(subsets, "compare", counted)
    assert study(splits, run_dir).run().comparison.p_value == result.comparison.p_value
    study(splits, run_dir, compare={"permutations": 19}).run()
    assert asked == [19]
    monkeypatch.setattr("traindiff.study.known._code", lambda: {"traindiff": "another"})
    study(splits, run_dir).run()
    assert asked == [19, 99]


def test_an_interrupted_run_continues_to_the_same_result(splits, finished, tmp_path):
    _, uninterrupted = finished

    class StopsAfter:
        def __init__(self, chunks):
            self.left = chunks

        def capacity(self):
            return 1

        def run(self, work, tasks):
            for index, task in enumerate(tasks):
                if not self.left:
                    raise KeyboardInterrupt
                self.left -= 1
                yield index, work(task)

    with pytest.raises(KeyboardInterrupt):
        study(splits, tmp_path / "run", engine=StopsAfter(2)).run()
    resumed = study(splits, tmp_path / "run").run()
    np.testing.assert_array_equal(resumed.outputs_b.values, uninterrupted.outputs_b.values)
    assert resumed.verdicts == uninterrupted.verdicts


def test_more_models_extend_the_same_run(splits, tmp_path):
    few = study(splits, tmp_path / "run", models=40, verify=UNTESTED).run()
    more = study(splits, tmp_path / "run", models=64, verify=UNTESTED).run()
    np.testing.assert_array_equal(more.outputs_a.values[:40], few.outputs_a.values)


def test_an_algorithm_against_itself_gets_other_seeds_and_no_difference(splits, tmp_path):
    # One run with a fixed seed; a false positive has probability 0.05.
    result = study(splits, tmp_path / "run", b=recipe("again")).run()
    assert not np.array_equal(result.outputs_a.values, result.outputs_b.values)
    assert result.comparison.p_value > 0.05
    assert result.hypotheses == ()
    assert result.verdicts == ()


def test_a_run_directory_of_another_study_is_refused_and_kept(finished, splits):
    done, result = finished
    before = result.report_path.read_bytes()
    with pytest.raises(RunDirectoryError, match=r"b\.arguments\.noise"):
        study(splits, done.run_dir, b=recipe("blind", blind=True, noise=0.1)).run()
    assert result.report_path.read_bytes() == before


def test_a_persons_hypothesis_is_tested_beside_the_proposals(splits, tmp_path):
    own = {"kind": "permute", "column": LEAK, "side": "A", "author": "me", "name": "mine"}
    result = study(splits, tmp_path / "run", verify={"transform": [own], "proposals": 0}).run()
    (verdict,) = result.verdicts
    assert (verdict.hypothesis.author, verdict.state) == ("me", "confirmed")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": 3}, "train.models: should be greater than or equal to 20, found 3"),
        ({"compare": {"permutation": 9}}, "did you mean 'permutations'"),
        (
            {"verify": {"epsilon": 0.2, "delta": 0.1}},
            "no effect, must not exceed delta = 0.1",
        ),
        ({"verify": {"transform": [{"kind": "permute", "column": "leek"}]}}, "leak"),
        ({"train": {"output": "marvin"}}, "margin"),
    ],
)
def test_impossible_settings_are_refused_before_anything_is_written(
    splits, tmp_path, changes, message
):
    with pytest.raises(InputError, match=message):
        study(splits, tmp_path / "run", **changes).run()
    assert not (tmp_path / "run" / "arrays").exists()


def test_unpaired_studies_give_b_masks_of_its_own(splits, tmp_path):
    unpaired = {"train": {"paired": False}, "verify": UNTESTED}
    result = study(splits, tmp_path / "run", **unpaired).run()
    assert result.comparison.paired is False
    assert not np.array_equal(result.outputs_a.masks, result.outputs_b.masks)


def test_a_whole_dataset_is_divided(tmp_path):
    result = study(leaky(), tmp_path / "run", models=40).run()
    assert result.outputs_a.masks.shape == (40, 285)
    assert result.outputs_a.values.shape == (40, 142)
