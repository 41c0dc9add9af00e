import dataclasses
import functools
import re

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tests.algorithms.torch_cases import images, quiet, subsets, table, train_alone
from torch import nn

from traindiff.algorithms.torch import algorithm as torch_algorithm
from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.algorithms.torch.ensemble import TorchEnsemble
from traindiff.algorithms.torch.modules import cnn
from traindiff.algorithms.torch.problem import Problem
from traindiff.algorithms.torch.stack import Stack
from traindiff.augment import RandomFlip, RandomNoise, RandomShift
from traindiff.errors import InputError, TrainingError

OPTIMIZERS = {
    "sgd": ({"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}, torch.optim.SGD),
    "adam": ({"lr": 0.01}, torch.optim.Adam),
    "adamw": ({"lr": 0.01, "weight_decay": 0.1}, torch.optim.AdamW),
}


def small(**changes) -> TorchAlgorithm:
    settings = {
        "name": "A",
        "arguments": {"hidden": (8,)},
        "epochs": 3,
        "batch_size": 8,
        "lr": 0.02,
        "device": "cpu",
    }
    return TorchAlgorithm(**{**settings, **changes})


def logits(algorithm, data, masks, seeds):
    return algorithm.train(data, masks, seeds, quiet).predict(data.inputs)


def normalised(input_shape, n_outputs, channels=4):
    return nn.Sequential(
        # Without a bias: its gradient is rounding alone, which Adam would blow up.
        nn.Conv2d(input_shape[0], channels, 3, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(channels * 16, n_outputs),
    )


def unbuffered(input_shape, n_outputs):
    return nn.Sequential(
        nn.Conv2d(input_shape[0], 4, 3, bias=False),
        nn.BatchNorm2d(4, track_running_stats=False),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64, n_outputs),
    )


def dropping(input_shape, n_outputs):
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(36, n_outputs))


class Branching(nn.Module):
    """What torch.func can't vectorise: control flow on values."""

    def __init__(self, n_outputs):
        super().__init__()
        self.linear = nn.Linear(36, n_outputs)

    def forward(self, inputs):
        outputs = self.linear(inputs.flatten(1))
        return outputs if outputs.sum() > 0 else 2 * outputs


def unlucky(input_shape, n_outputs):
    module = nn.Sequential(nn.Flatten(), nn.Linear(36, n_outputs))
    with torch.no_grad():
        module[1].bias[0] /= (torch.rand(()) < 0.5).float()
    return module


def flat_normalised(input_shape, n_outputs):
    return nn.Sequential(nn.Flatten(), nn.BatchNorm1d(36), nn.Linear(36, n_outputs))


def frozen(input_shape, n_outputs):
    module = nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.Linear(8, n_outputs))
    module[1].requires_grad_(False)
    return module


def branching(input_shape, n_outputs):
    return Branching(n_outputs)


def misshapen(input_shape, n_outputs):
    return nn.Sequential(nn.Flatten(), nn.Linear(36, n_outputs + 1))


def not_a_module(input_shape, n_outputs):
    return "module"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_together_equals_training_each_alone(optimizer):
    settings, kind = OPTIMIZERS[optimizer]
    data, seeds = images(), [3, 1, 4]
    masks = subsets(3, 40, 20)
    together = logits(small(optimizer=optimizer, **settings), data, masks, seeds)
    for model, (mask, seed) in enumerate(zip(masks, seeds, strict=True)):
        alone = train_alone(
            lambda: nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.ReLU(), nn.Linear(8, 3)),
            data,
            mask,
            seed,
            lambda parameters: kind(parameters, **settings),
            epochs=3,
            batch=8,
        )
        with torch.no_grad():
            expected = alone(torch.from_numpy(data.inputs)).numpy()
        np.testing.assert_allclose(together[model], expected, rtol=1e-3, atol=1e-4)


def test_batch_normalisation_is_trained_for_each_model_as_if_alone():
    data, masks = images(), subsets(2, 40, 20)
    algorithm = small(module=normalised, arguments={}, optimizer="sgd", lr=0.05)
    together = logits(algorithm, data, masks, [5, 6])
    alone = train_alone(
        lambda: normalised((1, 6, 6), 3),
        data,
        masks[1],
        6,
        lambda parameters: torch.optim.SGD(parameters, lr=0.05),
        epochs=3,
        batch=8,
    )
    with torch.no_grad():
        expected = alone(torch.from_numpy(data.inputs)).numpy()
    np.testing.assert_allclose(together[1], expected, rtol=1e-3, atol=1e-4)


def convolving(input_shape, n_outputs):
    return cnn((1, 6, 6), n_outputs, channels=(8,), hidden=(8,), batch_norm=True)


@pytest.mark.parametrize("convolved_bytes", [0, 2**30])
def test_convolutions_together_or_one_by_one_give_the_same(convolved_bytes, monkeypatch):
    data, masks = images(), subsets(3, 40, 20)
    monkeypatch.setattr("traindiff.algorithms.torch.problem.CONVOLVED_BYTES", convolved_bytes)
    algorithm = small(module=convolving, arguments={})
    alone = train_alone(
        lambda: convolving((1, 6, 6), 3),
        data,
        masks[1],
        1,
        lambda parameters: torch.optim.Adam(parameters, lr=0.02),
        epochs=3,
        batch=8,
    )
    with torch.no_grad():
        expected = alone(torch.from_numpy(data.inputs)).numpy()
    together = logits(algorithm, data, masks, range(3))
    np.testing.assert_allclose(together[1], expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("module", ["mlp", normalised, dropping, branching])
def test_a_model_does_not_depend_on_its_company(module):
    data, masks, seeds = images(), subsets(6, 40, 20), list(range(6))
    algorithm = small(
        module=module, arguments={}, augment=(RandomShift(pixels=1), RandomNoise(sd=0.1))
    )
    together = logits(algorithm, data, masks, seeds)
    apart = logits(algorithm, data, masks[4:5], seeds[4:5])
    np.testing.assert_allclose(together[4:5], apart, rtol=1e-3, atol=1e-4)
    fewer = logits(dataclasses.replace(algorithm, at_once=2), data, masks, seeds)
    np.testing.assert_allclose(together, fewer, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("mlp", r"\d+ models at once"),
        (branching, "one model at a time: .*data-dependent"),
        (dropping, r"\d+ models at once"),
    ],
)
def test_it_says_how_many_it_trains_at_once(module, said):
    assert re.match(said, small(module=module, arguments={}).explain(images()))


@pytest.mark.parametrize("module", [branching])
def test_it_says_when_it_can_not_train_as_many_at_once_as_asked(module):
    algorithm = small(module=module, arguments={}, at_once=8)
    assert algorithm.explain(images()).startswith("one model at a time, not 8: ")


def test_as_many_are_trained_at_once_as_asked_even_where_fewer_are_faster(monkeypatch):
    data, masks = images(side=16), subsets(6, 40, 20)
    wide = small(module="cnn", arguments={"channels": (24, 8), "hidden": ()}, batch_size=64)
    four = dataclasses.replace(wide, at_once=4)
    faster = "one model at a time: its convolutions are faster one model at a time"
    assert wide.explain(data) == faster
    assert dataclasses.replace(wide, at_once=1).explain(data) == faster
    assert four.explain(data) == "4 models at once"
    sizes, train = [], torch_algorithm.train_models

    def noting(models, *given, **named):
        sizes.append((len(models), isinstance(models, Stack)))
        train(models, *given, **named)

    monkeypatch.setattr(torch_algorithm, "train_models", noting)
    together = logits(four, data, masks, range(6))
    assert sizes == [(3, True), (3, True)]
    np.testing.assert_allclose(together, logits(wide, data, masks, range(6)), rtol=1e-3, atol=1e-4)


def test_training_again_gives_the_same_bits():
    data, masks = images(), subsets(4, 40, 20)
    algorithm = small(augment=(RandomFlip(), RandomNoise()))
    torch.manual_seed(1)
    first = logits(algorithm, data, masks, range(4))
    torch.manual_seed(2)
    np.testing.assert_array_equal(first, logits(algorithm, data, masks, range(4)))


def test_training_leaves_the_global_generator_and_threads_alone():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    logits(small(module=dropping, arguments={}), images(), subsets(2, 40, 20), [0, 1])
    assert torch.equal(state, torch.get_rng_state())
    assert threads == torch.get_num_threads()


def test_where_memory_runs_out_fewer_are_trained_at_once(monkeypatch):
    data, masks = images(), subsets(5, 40, 20)
    expected = logits(small(), data, masks, range(5))
    _limit_memory(monkeypatch, models=2)
    np.testing.assert_allclose(logits(small(), data, masks, range(5)), expected, atol=1e-4)
    _limit_memory(monkeypatch, models=0)
    with pytest.raises(TrainingError, match="memory ran out training one model"):
        logits(small(), data, masks, range(5))


@pytest.mark.parametrize("step", ["_problem", "predict"])
def test_where_memory_runs_out_before_or_after_training_it_is_explained(step, monkeypatch):
    data, masks = images(), subsets(2, 40, 20)
    algorithm = small()
    ensemble = algorithm.train(data, masks, range(2), quiet)

    def refuse(*arguments, **named):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 7 bytes.")

    monkeypatch.setattr(TorchAlgorithm, "_problem", refuse)
    monkeypatch.setattr(TorchEnsemble, "_predict", refuse)
    deeds = {
        "_problem": lambda: algorithm.train(data, masks, range(2), quiet),
        "predict": lambda: ensemble.predict(data.inputs),
    }
    with pytest.raises(TrainingError, match="memory ran out: give a smaller batch_size"):
        deeds[step]()


def _limit_memory(monkeypatch, models):
    fresh = Problem.models

    def limited(problem, seeds):
        if len(seeds) > models:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 7 bytes.")
        return fresh(problem, seeds)

    monkeypatch.setattr(Problem, "models", limited)


@pytest.mark.parametrize("module", ["mlp", normalised, unbuffered])
def test_subsets_of_different_sizes_are_trained_as_if_alone(module):
    data = images()
    masks = np.concatenate([subsets(2, 40, 20), subsets(2, 40, 22), subsets(1, 40, 9)])[
        [0, 4, 2, 1, 3]
    ]
    algorithm = small(module=module, arguments={}, augment=(RandomNoise(sd=0.2),))
    together = logits(algorithm, data, masks, range(5))
    for model in range(5):
        alone = logits(algorithm, data, masks[model : model + 1], [model])
        np.testing.assert_allclose(together[model], alone[0], rtol=1e-3, atol=1e-4)


def test_algorithms_of_equal_seeds_share_initial_weights_and_batches():
    data, masks = images(), subsets(2, 40, 20)
    plain = logits(small(), data, masks, [1, 2])
    still = logits(small(augment=(RandomNoise(sd=0.0),)), data, masks, [1, 2])
    np.testing.assert_array_equal(plain, still)
    assert not np.allclose(plain, logits(small(), data, masks, [3, 4]))


@pytest.mark.parametrize("module", ["mlp", normalised, unbuffered])
@pytest.mark.parametrize("sizes", [(20, 20), (21, 18)])
def test_an_example_outside_the_subset_does_not_matter(module, sizes):
    data = images()
    masks = np.concatenate([subsets(1, 40, size, seed=size) for size in sizes])
    masks[:, 0] = False  # the example that would pad a batch
    inputs = data.inputs.copy()
    inputs[~masks.any(axis=0)] = 1.0
    changed = dataclasses.replace(data, inputs=inputs)
    algorithm = small(module=module, arguments={})
    first = algorithm.train(data, masks, [1, 2], quiet)
    second = algorithm.train(changed, masks, [1, 2], quiet)
    np.testing.assert_array_equal(first.predict(data.inputs), second.predict(data.inputs))


def test_it_learns_classes_and_values():
    data = images(count=120)
    ensemble = small(epochs=20).train(data, subsets(3, 120, 60), [0, 1, 2], quiet)
    fresh = images(count=100, seed=1)
    assert (ensemble.predict(fresh.inputs).argmax(axis=-1) == fresh.labels).mean() > 0.9
    prices = table(200)
    ensemble = small(epochs=40).train(prices, subsets(3, 200, 150), [0, 1, 2], quiet)
    error = ensemble.predict(prices.inputs)[..., 0] - prices.labels
    assert np.abs(error).mean() < 0.3 * prices.labels.std()


def test_a_table_is_standardised_and_its_categories_encoded():
    prices = table()
    shifted = dataclasses.replace(prices, inputs=prices.inputs * [2.0, 1.0, 1.0] + [5.0, 0.0, 9.0])
    masks = subsets(2, 60, 30)
    np.testing.assert_allclose(
        logits(small(), prices, masks, [0, 1]), logits(small(), shifted, masks, [0, 1]), rtol=1e-4
    )


def test_an_ensemble_survives_as_arrays():
    data = images()
    algorithm = small(module=normalised, arguments={}, at_once=2)
    ensemble = algorithm.train(data, subsets(5, 40, 20), range(5), quiet)
    arrays = ensemble.arrays()
    assert all(len(array) == 5 for array in arrays.values())
    restored = algorithm.restore(data, arrays)
    np.testing.assert_allclose(
        restored.predict(data.inputs), ensemble.predict(data.inputs), rtol=1e-4, atol=1e-5
    )


def test_a_diverged_model_spoils_no_other():
    data, masks, seeds = images(), subsets(8, 40, 20), range(8)
    outputs = logits(small(module=unlucky, arguments={}), data, masks, seeds)
    finite = np.isfinite(outputs).all(axis=(1, 2))
    assert 0 < finite.sum() < 8
    lucky = np.flatnonzero(finite)
    alone = logits(small(module=unlucky, arguments={}), data, masks[lucky], lucky.tolist())
    np.testing.assert_allclose(outputs[finite], alone, rtol=1e-3, atol=1e-4)


def test_initial_weights_come_from_a_file(tmp_path):
    data, masks = images(), subsets(2, 40, 20)
    path = tmp_path / "weights.safetensors"
    save_file({"1.weight": torch.zeros(8, 36), "1.bias": torch.zeros(8)}, path)
    algorithm = small(initial_weights=path, lr=0.0)
    arrays = algorithm.train(data, masks, [0, 1], quiet).arrays()
    assert not arrays["1.weight"].any()
    assert arrays["3.weight"].any()
    before = algorithm.describe()["initial_weights"]
    save_file({"1.weight": torch.ones(8, 36)}, path)
    assert algorithm.describe()["initial_weights"] != before


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"9.weight": torch.zeros(2)}, "'9.weight', which the module lacks"),
        ({"1.weight": torch.zeros(2)}, "must have shape"),
    ],
)
def test_initial_weights_of_another_module_are_refused(tmp_path, tensors, message):
    path = tmp_path / "weights.safetensors"
    save_file(tensors, path)
    with pytest.raises(InputError, match=message):
        small(initial_weights=path).check(images())


def test_a_weights_file_that_is_none_is_refused(tmp_path):
    path = tmp_path / "weights.safetensors"
    with pytest.raises(InputError, match="does not exist"):
        small(initial_weights=path).check(images())
    with pytest.raises(InputError, match="does not exist"):
        small(initial_weights=str(path)).describe()
    path.write_bytes(b"not tensors")
    with pytest.raises(InputError, match="readable safetensors file"):
        small(initial_weights=path).check(images())


def test_frozen_parameters_stay_as_they_were_drawn():
    data, masks = images(), subsets(2, 40, 20)
    trained = small(module=frozen, arguments={}).train(data, masks, [1, 2], quiet).arrays()
    still = small(module=frozen, arguments={}, lr=0.0).train(data, masks, [1, 2], quiet).arrays()
    np.testing.assert_array_equal(trained["1.weight"], still["1.weight"])
    assert (trained["2.weight"] != still["2.weight"]).any()


def test_describe_tells_settings_apart():
    described = [
        small().describe(),
        small(lr=0.03).describe(),
        small(augment=(RandomShift(pixels=1),)).describe(),
        small(augment=(RandomShift(pixels=2),)).describe(),
        small(module=branching).describe(),
        small(module=dropping).describe(),
    ]
    assert all(a != b for i, a in enumerate(described) for b in described[:i])


def test_modules_that_settings_do_not_tell_apart_need_a_version():
    narrow, wide = (functools.partial(normalised, channels=channels) for channels in (2, 4))
    for module in (narrow, lambda shape, outputs: normalised(shape, outputs, 2)):
        with pytest.raises(InputError, match=r"module .*or give a version"):
            small(module=module)
    one, two = (
        small(module=module, version=version, arguments={})
        for module, version in ((narrow, "2"), (wide, "4"))
    )
    assert one.describe() != two.describe()
    assert "version" not in small().describe()
    assert small(version="2").describe() == {**small().describe(), "version": "2"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Darker(RandomNoise):
    """An augmentation of one's own that keeps another's name."""


def test_an_augmentation_may_be_written_as_in_a_study_file():
    written = small(augment=[{"kind": "shift", "pixels": 1}, RandomNoise(sd=0.2)])
    assert written.augment == (RandomShift(pixels=1), RandomNoise(sd=0.2))
    for single in ({"kind": "shift", "pixels": 1}, RandomNoise(), "shift"):
        with pytest.raises(InputError, match="augment: expected a list"):
            small(augment=single)


def test_augmentations_of_ones_own_are_told_apart_by_their_class():
    described = small(augment=(Darker(sd=0.2),)).describe()
    (augmentation,) = described["augment"]
    assert augmentation["own"]["name"].endswith(":Darker")
    plain = small(augment=(RandomNoise(sd=0.2),)).describe()
    assert plain["augment"] == [{"kind": "noise", "sd": 0.2}]
    hidden = type("Hidden", (RandomNoise,), {})
    with pytest.raises(InputError, match=r"augment .*or give a version"):
        small(augment=(hidden(sd=0.2),))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": "lion"}, "unknown optimizer 'lion'.*'sgd', 'adam', 'adamw'"),
        ({"schedule": "step"}, "unknown schedule 'step'"),
        ({"lr": -1.0}, "lr must lie in"),
        ({"lr": "fast"}, "lr must lie in"),
        ({"warmup": 1.0}, "warmup must lie in"),
        ({"momentum": 0.9}, "momentum belongs to optimizer 'sgd'"),
        ({"label_smoothing": 1.5}, "label_smoothing must lie in"),
        ({"weight_decay": float("nan")}, "weight_decay must lie in"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1"),
        ({"batch_size": 2.5}, "batch_size must be a whole number of at least 1"),
        ({"at_once": 0}, "at_once must be a whole number of at least 1"),
    ],
)
def test_impossible_settings_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        small(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"module": "resnet"}, "not built in"),
        ({"module": "no_such_module_here:f"}, "can't be imported"),
        ({"module": not_a_module, "arguments": {}}, "must return a torch.nn.Module"),
        ({"module": misshapen, "arguments": {}}, "must return 3 outputs an example"),
        ({"arguments": {"depth": 3}}, "depth"),
        ({"arguments": {"hidden": (0,)}}, "hidden must be a whole number of at least 1"),
        ({"device": "abacus"}, "device 'abacus' is unknown"),
        ({"augment": (RandomShift(pixels=6),)}, "less than the image's side"),
    ],
)
def test_what_does_not_fit_the_data_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        small(**changes).check(images())


def test_texts_are_refused():
    data = dataclasses.replace(images(), modality="text", inputs=np.array(["word"] * 40))
    with pytest.raises(InputError, match="found texts"):
        small().check(data)


def test_batch_normalisation_of_one_example_is_refused():
    algorithm = small(module=flat_normalised, arguments={})
    algorithm.train(images(), subsets(1, 40, 16), [0], quiet)
    with pytest.raises(InputError, match="one example"):
        algorithm.train(images(), subsets(1, 40, 17), [0], quiet)
