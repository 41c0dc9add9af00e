import re

import numpy as np
import pytest
from tests.training.cases import Means, digits

from traindiff.algorithms.command.algorithm import CommandAlgorithm
from traindiff.datasets.splits import split
from traindiff.progress import Silent
from traindiff.study import Study
from traindiff.study.progress.pace import duration
from traindiff.training import Processes, model_seeds


@pytest.fixture(scope="module")
def splits():
    return split(digits(60), train=30, targets=15, verification=15, seed=0)


def study(splits, run_dir, models=80, a=None, b=None, **changes):
    settings = {"compare": {"permutations": 19}, "verify": {"proposals": 0}, **changes}
    settings["train"] = {"chunk": 20, **settings.get("train", {})}
    return Study(
        splits, a or Means(), b or Means(scale=2.0), run_dir=run_dir, models=models, **settings
    )


def told(made):
    lines = []
    made.run(tell=lines.append)
    return lines


def test_a_run_begins_with_the_plan_that_a_dry_run_prints(splits, tmp_path):
    made = study(splits, tmp_path / "run")
    planned = list(made.plan())
    assert not (tmp_path / "run").exists()
    lines = told(made)
    numbers = re.compile(r"[\d.e-]+ (s|[MG]B)")
    assert [numbers.sub("", line) for line in planned] == [numbers.sub("", line) for line in lines]
    text = "\n".join(lines)
    assert "30 training examples, of which each model sees 50%; 15 targets." in lines
    assert "A (means): 80 of 80 models to train" in lines
    assert re.search(r"\d s each on one core; \d.* [MG]B on disk, about \d.* a worker", text)
    assert re.search(r"takes about \d+ s with 1 worker; .* up to 28 more of each", lines[-1])


def test_a_finished_run_is_not_measured_again(splits, tmp_path, monkeypatch):
    made = study(splits, tmp_path / "run")
    made.run()

    def refuse(*arguments, **named):
        raise AssertionError("measured")

    monkeypatch.setattr("traindiff.study.progress.plan.estimate", refuse)
    expected = [f"{side} (means): all 80 models are trained." for side in "AB"]
    assert told(made)[-2:] == expected
    assert list(made.plan())[-2:] == expected


def test_a_resumed_run_says_what_is_done_and_takes_its_pace_from_that(splits, tmp_path):
    study(splits, tmp_path / "run", models=60).run()
    more = study(splits, tmp_path / "run", models=100, engine=Processes(workers=2))
    algorithm = more.a
    algorithm.calls.clear()
    lines = list(more.plan())
    assert "A (means): 40 of 100 models to train (60 are done)" in lines
    assert "2 workers" in lines[-1]
    assert algorithm.calls == []


def test_the_size_of_a_task_is_the_algorithms_own_and_may_change(splits, tmp_path):
    script = CommandAlgorithm(name="script", command=("true",))
    job = study(splits, tmp_path / "x", b=script, train={"chunk": None}).job(Silent())
    assert job.describe()["train"]["chunk"] == {"a": 64, "b": 1}
    assert [len(job.source.pending(side).chunks) for side in job.source.sides()] == [2, 80]
    first = study(splits, tmp_path / "run", models=40, train={"chunk": 20}).run()
    again = study(splits, tmp_path / "run", models=40, train={"chunk": 8}).run()
    np.testing.assert_array_equal(first.outputs_a.values, again.outputs_a.values)


def test_a_quiet_run_measures_nothing(splits, tmp_path, monkeypatch):
    monkeypatch.setattr("traindiff.study.progress.plan.estimate", None)
    study(splits, tmp_path / "run").run()


def test_diverged_models_are_counted_and_named_in_the_notes(splits, tmp_path):
    made = study(splits, tmp_path / "run")
    job = made.job(Silent())
    lost = [job.source.sides()[0].seeds[i] for i in (3, 70)]
    fresh = model_seeds(20, 0, side="verification b")[7]
    transform = {"transform": [{"kind": "permute", "column": "p"}]}
    result = study(
        splits,
        tmp_path / "run",
        a=Means(diverging=tuple(lost)),
        b=Means(scale=2.0, diverging=(fresh,)),
        verify={"proposals": 0, **transform},
    ).run()
    assert result.notes == (
        f"2 models of A diverged and were left out (seeds {lost[0]}, {lost[1]}).",
        f"1 fresh model of B diverged and was left out (seed {fresh}).",
    )
    assert result.outputs_a.masks.shape == result.outputs_b.masks.shape == (78, 30)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 s"), (119, "119 s"), (200, "3 minutes"), (8000, "2.2 hours")]
)
def test_durations_are_said_in_words(seconds, words):
    assert duration(seconds) == words


def test_a_stated_time_is_not_measured_and_gives_device_hours(splits, tmp_path):
    made = study(splits, tmp_path / "run", models=80, train={"seconds_per_model": 90.0})
    lines = list(made.plan())
    assert not made.a.calls
    assert any(line.startswith("  90 s each") for line in lines)
    assert lines[-1] == (
        "At the stated 90 s a model that is 4.0 hours of one device "
        "(GPU hours, where a worker is a GPU)."
    )


def test_a_stated_time_changes_no_result(splits, tmp_path):
    described = [
        study(splits, tmp_path, train=train).job(Silent()).describe()
        for train in ({}, {"seconds_per_model": 5.0})
    ]
    assert described[0] == described[1]


def test_the_plan_says_what_the_data_are_and_what_the_recipes_differ_in(splits, tmp_path):
    lines = list(study(splits, tmp_path / "run").plan())
    assert lines[1].startswith("Data: 30 to train on, 15 targets, 15 for verification; 0 unused.")
    assert "Check: Classes with fewer than 10 training examples" in "\n".join(lines)
    assert "A and B differ in scale (1.0 against 2.0)." in lines
    again = list(study(splits, tmp_path / "run", b=Means()).plan())
    assert any(line.startswith("A and B are the same recipe") for line in again)
