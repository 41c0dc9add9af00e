import sys

import numpy as np
import pytest
import torch

from traindiff.algorithms import Algorithm
from traindiff.algorithms.function import FunctionAlgorithm
from traindiff.datasets import Dataset
from traindiff.errors import InputError, TrainingError
from traindiff.training.ensembles import train_ensemble
from traindiff.training.outputs import train_outputs

RNG = np.random.default_rng(0)
TABLE = Dataset.of(RNG.normal(size=(12, 2)), [0, 1, 2] * 4, ["a", "b", "c"], name="table")
PRICES = Dataset.of(RNG.normal(size=(12, 2)), RNG.normal(size=12), name="prices")
MASKS = RNG.random((5, 12)) < 0.6
SEEDS = [11, 22, 33, 44, 55]
ADVANCE = []


def nearest_mean(inputs, labels, seed, noise=0.0):
    """Give minus the distance to each class's mean, and some noise that the seed decides."""
    means = np.array([inputs[labels == label].mean(axis=0) for label in range(3)])
    means = means + noise * np.random.default_rng(seed).normal(size=means.shape)
    return lambda new: -np.linalg.norm(new[:, None] - means, axis=-1)


def mean(inputs, labels, seed):
    return lambda new: np.full(len(new), labels.mean())


def remembers(inputs, labels, seed):
    """Give back what the function was given."""
    return lambda new: np.full((len(new), 3), [len(labels), labels.sum(), seed])


def returning(value):
    def train(inputs, labels, seed):
        return lambda new: value

    return FunctionAlgorithm(name="A", function=train, version="1")


def trained(function, data=TABLE, **arguments):
    algorithm = FunctionAlgorithm(name="A", function=function, arguments=arguments)
    return algorithm.train(data, MASKS, SEEDS, ADVANCE.append)


def test_follows_the_protocol():
    algorithm: Algorithm = FunctionAlgorithm(name="A", function=nearest_mean)
    algorithm.check(TABLE)
    ensemble = algorithm.train(TABLE, MASKS, SEEDS, ADVANCE.append)
    assert ensemble.arrays() is None
    with pytest.raises(InputError, match="trained again, never restored"):
        algorithm.restore(TABLE, {})


def test_each_model_sees_its_subset_and_its_seed():
    logits = trained(remembers).predict(TABLE.inputs[:4])
    assert logits.shape == (5, 4, 3)
    assert logits.dtype == np.float32
    expected = [[m.sum(), TABLE.labels[m].sum(), s] for m, s in zip(MASKS, SEEDS, strict=True)]
    np.testing.assert_array_equal(logits, np.repeat(np.array(expected)[:, None], 4, axis=1))


def test_equals_the_function_called_by_hand():
    logits = trained(nearest_mean, noise=0.3).predict(TABLE.inputs)
    for model, mask in enumerate(MASKS):
        by_hand = nearest_mean(TABLE.inputs[mask], TABLE.labels[mask], SEEDS[model], noise=0.3)
        np.testing.assert_allclose(logits[model], by_hand(TABLE.inputs), rtol=1e-6)


def test_order_and_grouping_of_models_make_no_difference():
    algorithm = FunctionAlgorithm(name="A", function=nearest_mean, arguments={"noise": 0.3})
    together = algorithm.train(TABLE, MASKS, SEEDS, ADVANCE.append).predict(TABLE.inputs)
    for order in ([4, 3, 2, 1, 0], [2], [1, 3]):
        seeds = [SEEDS[i] for i in order]
        apart = algorithm.train(TABLE, MASKS[order], seeds, ADVANCE.append)
        np.testing.assert_array_equal(apart.predict(TABLE.inputs), together[order])


def test_regression_has_one_output():
    values = trained(mean, PRICES).predict(PRICES.inputs)
    assert values.shape == (5, 12, 1)
    expected = [PRICES.labels[mask].mean() for mask in MASKS]
    np.testing.assert_allclose(values[:, 0, 0], expected, rtol=1e-6)


def test_says_when_each_model_is_done():
    done = []
    FunctionAlgorithm(name="A", function=mean).train(PRICES, MASKS, SEEDS, done.append)
    assert done == [1] * 5


def spoils(inputs, labels, seed):
    def predict(new):
        new *= 0
        return np.zeros((len(new), 3))

    return predict


def test_a_model_that_works_in_place_harms_no_other():
    before = TABLE.inputs.copy()
    trained(spoils).predict(TABLE.inputs)
    np.testing.assert_array_equal(TABLE.inputs, before)


def test_describes_function_arguments_and_code():
    described = FunctionAlgorithm(
        name="A", function=nearest_mean, arguments={"noise": 1}
    ).describe()
    assert described["function"] == f"{__name__}.nearest_mean"
    assert described["arguments"] == {"noise": 1}
    assert len(described["code"]) == 32


def test_another_argument_function_or_version_is_another_algorithm():
    settings = [
        {"function": nearest_mean},
        {"function": nearest_mean, "arguments": {"noise": 0.1}},
        {"function": nearest_mean, "arguments": {"noise": 0.2}},
        {"function": nearest_mean, "version": "2"},
        {"function": remembers},
    ]
    described = [str(FunctionAlgorithm(name="A", **each).describe()) for each in settings]
    assert len(set(described)) == len(settings)
    assert described[0] == str(FunctionAlgorithm(name="B", **settings[0]).describe())


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write own_train.py into the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(source):
        (tmp_path / "own_train.py").write_text(source)
        sys.modules.pop("own_train", None)

    yield write
    sys.modules.pop("own_train", None)


MEAN = "def train(inputs, labels, seed, shift=0):\n    return lambda new: 0 * new[:, 0] + shift\n"


def test_finds_the_function_by_name(own):
    own(MEAN)
    algorithm = FunctionAlgorithm.named("own_train:train", name="A", arguments={"shift": 2})
    assert algorithm.describe()["function"] == "own_train.train"
    values = algorithm.train(PRICES, MASKS, SEEDS, ADVANCE.append).predict(PRICES.inputs)
    np.testing.assert_array_equal(values, 2)


def test_changed_code_is_another_algorithm(own):
    own(MEAN)
    before = FunctionAlgorithm.named("own_train:train", name="A").describe()
    own(MEAN)
    assert FunctionAlgorithm.named("own_train:train", name="A").describe() == before
    own(MEAN.replace("+ shift", "- shift"))
    assert FunctionAlgorithm.named("own_train:train", name="A").describe() != before


def test_refuses_what_could_change_unnoticed():
    scale = 3

    def closure(inputs, labels, seed):
        return lambda new: scale * new

    def within(inputs, labels, seed):
        return None

    typed_in = {}
    exec("def train(inputs, labels, seed): return None", typed_in)
    for function in (closure, within, lambda inputs, labels, seed: None, typed_in["train"]):
        with pytest.raises(InputError, match="or give a version"):
            FunctionAlgorithm(name="A", function=function)
        assert FunctionAlgorithm(name="A", function=function, version="1").describe()


NO_FUNCTIONS = {
    "a name": ("own:train", "found 'own:train'; FunctionAlgorithm.named takes"),
    "a class": (dict, "found <class 'dict'>"),
    "a built-in": (len, "found <built-in function len>"),
    "an object": (object(), "expected a function"),
}


@pytest.mark.parametrize(("function", "message"), NO_FUNCTIONS.values(), ids=NO_FUNCTIONS.keys())
def test_refuses_what_is_no_function(function, message):
    with pytest.raises(InputError, match=message):
        FunctionAlgorithm(name="A", function=function)


def no_seed(inputs, labels):
    return None


def other_names(x, y, number):
    return lambda new: np.full(len(new), number)


ARGUMENTS = {
    "unknown": (nearest_mean, {"nois": 1}, "unknown argument 'nois': did you mean 'noise'"),
    "missing": (no_seed, {}, "can't be called with inputs, labels, seed"),
    "given twice": (nearest_mean, {"seed": 3}, "unknown argument 'seed'"),
    "no JSON": (nearest_mean, {"noise": object()}, "holds a memory address"),
}


@pytest.mark.parametrize(("function", "arguments", "message"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_refuses_arguments(function, arguments, message):
    with pytest.raises(InputError, match=message):
        FunctionAlgorithm(name="A", function=function, arguments=arguments)


def test_inputs_labels_and_seed_are_given_by_position():
    values = trained(other_names, PRICES).predict(PRICES.inputs)
    np.testing.assert_array_equal(values[:, 0, 0], SEEDS)


def test_refuses_a_function_that_returns_no_function():
    algorithm = FunctionAlgorithm(name="A", function=no_predict)
    with pytest.raises(InputError, match=r"A: model 0 of 5 \(seed 11\): .* found int"):
        algorithm.train(TABLE, MASKS, SEEDS, ADVANCE.append)


def no_predict(inputs, labels, seed):
    return 3


WRONG = {
    "one axis": (np.zeros(12), r"\(12, 3\), found ndarray of float64 and shape \(12,\)"),
    "too few classes": (np.zeros((12, 2)), r"shape \(12, 2\)"),
    "too few examples": (np.zeros((11, 3)), r"shape \(11, 3\)"),
    "str": (np.full((12, 3), "a"), "found ndarray of <U1"),
    "None": (None, "found NoneType of object"),
    "ragged": ([[1, 2, 3]] * 11 + [[1, 2]], "found list of object"),
    "complex": (np.zeros((12, 3), complex), "complex128"),
}


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.int64])
def test_tensors_are_taken_even_with_their_graph(kind):
    values = torch.arange(36).reshape(12, 3).to(kind)
    if kind.is_floating_point:
        values.requires_grad_()
    outputs = returning(values).train(TABLE, MASKS, SEEDS, ADVANCE.append).predict(TABLE.inputs)
    np.testing.assert_array_equal(outputs, np.tile(np.arange(36).reshape(12, 3), (5, 1, 1)))


@pytest.mark.parametrize(("value", "message"), WRONG.values(), ids=WRONG.keys())
def test_refuses_outputs_of_another_shape_or_type(value, message):
    ensemble = returning(value).train(TABLE, MASKS, SEEDS, ADVANCE.append)
    with pytest.raises(InputError, match=message) as raised:
        ensemble.predict(TABLE.inputs)
    assert "A: model 0 of 5 (seed 11): predict must return logits" in str(raised.value)


def test_regression_takes_one_column_and_no_more():
    def predict(value):
        ensemble = returning(value).train(PRICES, MASKS, SEEDS, ADVANCE.append)
        return ensemble.predict(PRICES.inputs)

    np.testing.assert_array_equal(predict(np.ones((12, 1))), 1)
    with pytest.raises(InputError, match=r"values \[examples\] of shape \(12,\)"):
        predict(np.ones((12, 2)))


def diverging(value):
    """Return an algorithm whose model of seed 33 says ``value``."""

    def diverges(inputs, labels, seed):
        return lambda new: np.full((len(new), 3), value if seed == 33 else 0.0)

    return FunctionAlgorithm(name="A", function=diverges, version=str(value))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_a_model_that_diverges_says_so_in_its_row_alone(value):
    ensemble = diverging(value).train(TABLE, MASKS, SEEDS, ADVANCE.append)
    logits = ensemble.predict(TABLE.inputs)
    np.testing.assert_array_equal(np.isfinite(logits).all(axis=(1, 2)), np.array(SEEDS) != 33)
    assert not np.isfinite(logits[2]).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_a_diverged_model_is_counted_named_and_left_out(value):
    masks, seeds = np.tile(MASKS, (4, 1)), [33, *range(19)]
    trained = train_outputs(diverging(value), TABLE, TABLE, masks, seeds)
    assert trained.diverged == ((0, 33),)
    np.testing.assert_array_equal(trained.outputs.masks, masks[1:])
    with pytest.raises(TrainingError, match=r"3 of 20 models diverged .*first has seed 33"):
        train_outputs(diverging(value), TABLE, TABLE, masks, [33] * 3 + seeds[3:])
    ensemble = train_ensemble(diverging(value), TABLE, masks, seeds)
    with pytest.raises(TrainingError, match=r"1 of 20 models diverged .*the first is model 0"):
        ensemble.predict(TABLE.inputs)


MASK_ERRORS = {
    "too few columns": (MASKS[:, 1:], SEEDS, r"\(5, 12\).* shape \(5, 11\)"),
    "too few seeds": (MASKS, SEEDS[1:], r"\(4, 12\).* shape \(5, 12\)"),
    "integers": (MASKS.astype(int), SEEDS, "masks must be bool .* found int64"),
    "none": (MASKS[:0], [], "one row for each seed"),
    "empty subset": (MASKS & (np.arange(5) != 3)[:, None], SEEDS, "model 3 selects no example"),
}


@pytest.mark.parametrize(("masks", "seeds", "message"), MASK_ERRORS.values(), ids=MASK_ERRORS)
def test_refuses_masks(masks, seeds, message):
    with pytest.raises(InputError, match=message):
        FunctionAlgorithm(name="A", function=mean).train(PRICES, masks, seeds, ADVANCE.append)
