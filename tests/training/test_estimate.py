import random
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from tests.algorithms.torch_cases import images, subsets
from tests.training.cases import Means, digits

from traindiff.algorithms.function import FunctionAlgorithm
from traindiff.errors import InputError
from traindiff.store import RunStore
from traindiff.training import draw_masks, estimate, model_seeds, train_outputs

TRAIN, TARGETS = digits(30), digits(20, seed=1)
MASKS, SEEDS = draw_masks(64, 30, 0.5, seed=0), model_seeds(64, 0)


@dataclass(frozen=True, kw_only=True)
class Shared(Means):
    """Half of the cost is paid once for all models that are trained at once."""

    def train(self, data: Any, masks: Any, seeds: Any, advance: Any) -> Any:
        time.sleep(0.02 + 0.005 * len(seeds))
        return super().train(data, masks, seeds, advance)

    def explain(self, data: Any) -> str:
        return f"{len(data)} examples"


def test_the_rate_is_that_of_many_models_at_once():
    found = estimate(Shared(), TRAIN, TARGETS, MASKS, SEEDS, chunk=16, workers=2)
    assert found.seconds_per_model == pytest.approx(0.1 / 16, rel=0.7)
    assert found.seconds == pytest.approx(found.seconds_per_model * 32)
    assert (found.models, found.left, found.note) == (64, 64, "30 examples")


def test_the_budget_limits_the_measurement():
    algorithm = Shared()
    estimate(algorithm, TRAIN, TARGETS, MASKS, SEEDS, chunk=16, budget=0.0)
    assert algorithm.calls == [1, 1]  # one to warm up, one to measure


def test_what_is_trained_already_costs_nothing():
    algorithm = Means()
    found = estimate(algorithm, TRAIN, TARGETS, MASKS, SEEDS, chunk=16, left=48)
    assert found.seconds == pytest.approx(48 * found.seconds_per_model)
    assert found.memory_bytes > 10**7
    algorithm.calls.clear()
    found = estimate(algorithm, TRAIN, TARGETS, MASKS, SEEDS, chunk=16, left=0)
    assert (found.left, found.seconds, found.note) == (0, 0.0, "")
    assert not algorithm.calls


def test_memory_is_not_told_before_any_model_was_trained():
    found = estimate(Means(), TRAIN, TARGETS, MASKS, SEEDS, left=10, seconds_per_model=2.0)
    assert (found.seconds, found.memory_bytes) == (20.0, None)


def test_the_disk_is_no_smaller_than_said(tmp_path):
    train, targets = digits(300), digits(200, seed=1)
    masks = draw_masks(64, 300, 0.5, seed=0)
    found = estimate(Means(), train, targets, masks, SEEDS, chunk=16)
    with RunStore.open(tmp_path / "run", {}) as store:
        train_outputs(Means(), train, targets, masks, SEEDS, chunk=16, pieces=store)
    used = sum(file.stat().st_size for file in (tmp_path / "run").rglob("*") if file.is_file())
    assert 0.3 * found.disk_bytes < used <= found.disk_bytes


def test_bad_settings_are_refused():
    with pytest.raises(InputError, match="unknown output"):
        estimate(Means(), TRAIN, TARGETS, MASKS, SEEDS, output="loss")
    with pytest.raises(InputError, match="one seed a model"):
        estimate(Means(), TRAIN, TARGETS, np.ones((2, 30), dtype=bool), SEEDS)


def forgetful(inputs, labels, seed):
    shift = random.random() + np.random.rand()  # noqa: NPY002
    return lambda new: np.full((len(new), 3), shift + random.random())


def unseeded(inputs, labels, seed):
    shift = np.random.default_rng().random()
    return lambda new: np.full((len(new), 3), shift) * [1.0, 2.0, 3.0]


@pytest.mark.parametrize(("function", "note"), [(forgetful, ""), (unseeded, "not determined by")])
def test_the_plan_trains_one_model_twice_and_says_if_it_is_not_its_seeds(function, note):
    data = images()
    algorithm = FunctionAlgorithm(name="A", function=function)
    found = estimate(algorithm, data, data, subsets(4, 40, 20), range(4), budget=0.0)
    assert found.note.startswith(note)
    assert bool(found.note) == bool(note)
