import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import attribution_cases as cases
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import traindiff as td
from traindiff import InputError
from traindiff.algorithms.torch.weights import content_hash
from traindiff.attribution import GradDot, Trak, scoring
from traindiff.datasets.groups import Groups
from traindiff.progress import Silent
from traindiff.store import MemoryStore

DATA = cases.classification()
attribute_module = sys.modules[td.attribute.__module__]  # the package has a function of its name


class Counter(Silent):
    """Counts how many examples were gone through, and fails on demand."""

    def __init__(self, fail_after=None):
        self.seen, self.fail_after = 0, fail_after

    def stage(self, title, total, *, done=0):
        self.total = total
        return self

    def __enter__(self):
        return self.advance

    def __exit__(self, *error):
        pass

    def advance(self, amount=1):
        self.seen += amount
        if self.fail_after is not None and self.seen > self.fail_after:
            raise KeyboardInterrupt


@pytest.fixture
def computed(monkeypatch):
    """Return a list that grows by one with every checkpoint whose gradients are computed."""
    calls = []
    keep = Trak.keep

    def counted(self, task):
        calls.append(task.name)
        return keep(self, task)

    monkeypatch.setattr(Trak, "keep", counted)
    return calls


def test_scores_have_the_stated_axes_and_need_no_particular_file(tmp_path):
    states = cases.states(3)
    save_file(states[0], tmp_path / "a.safetensors")
    torch.save(states[1], tmp_path / "b.pt")
    arrays = {name: value.numpy() for name, value in states[2].items()}
    mixed = [tmp_path / "a.safetensors", str(tmp_path / "b.pt"), arrays]
    scores = td.attribute(cases.network(), mixed, DATA)
    assert scores.shape == (3, 7, 20)
    assert scores.dtype == np.float32
    np.testing.assert_array_equal(scores, td.attribute(cases.network(), states, DATA))


def test_a_checkpoints_scores_do_not_depend_on_the_others_or_its_place():
    states = cases.states(4)
    whole = td.attribute(cases.network(), states, DATA, method=Trak(projection=16))
    turned = td.attribute(cases.network(), states[::-1], DATA, method=Trak(projection=16))
    np.testing.assert_array_equal(turned[::-1], whole)


def test_neither_the_models_own_weights_nor_global_randomness_matter_or_change():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    model = cases.network(seed=9)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    scores = td.attribute(model.train(), cases.states(1), DATA)
    np.testing.assert_array_equal(scores, td.attribute(cases.network(), cases.states(1), DATA))
    assert model.training
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    assert torch.equal(torch.rand(3), expected)


def test_finished_checkpoints_are_not_computed_again(tmp_path, computed):
    states = cases.states(3)
    first = td.attribute(cases.network(), states[:2], DATA, store=tmp_path / "kept")
    again = td.attribute(cases.network(), states, DATA, store=tmp_path / "kept")
    np.testing.assert_array_equal(again[:2], first)
    assert len(computed) == 3


def test_other_targets_use_the_same_features(computed):
    store, states = MemoryStore(), cases.states(1)
    train, targets = DATA
    td.attribute(cases.network(), states, DATA, store=store)
    others = (targets[0][:3], targets[1][:3])
    scores = td.attribute(cases.network(), states, (train, others), store=store)
    assert len(computed) == 1
    np.testing.assert_array_equal(scores, td.attribute(cases.network(), states, (train, others)))


def relabelled(part):
    return part[0], (part[1] + 1) % 3


def partly_frozen():
    model = cases.network()
    model[0].requires_grad_(False)
    return model


@pytest.mark.parametrize(
    "change",
    [
        {"model": partly_frozen()},
        {"states": [cases.network(seed=7).state_dict()]},
        {"data": ((DATA[0][0] + 1e-6, DATA[0][1]), DATA[1])},
        {"data": (relabelled(DATA[0]), DATA[1])},
        {"data": (DATA[0], relabelled(DATA[1]))},
        {"model": nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))},
        {"output": "negative-cross-entropy"},
        {"method": Trak(ridge=2.0)},
        {"seed": 1, "method": Trak(projection=16)},
        {"groups": Groups.of(np.arange(20) // 2)},
    ],
    ids=lambda change: " ".join(change),
)
def test_a_stale_score_is_never_read(change):
    store = MemoryStore()
    usual = {"method": change["method"]} if "seed" in change else {}
    old = td.attribute(cases.network(), cases.states(1), DATA, store=store, **usual)
    call = {"model": cases.network(), "states": cases.states(1), "data": DATA, **change}
    model, states, data = call.pop("model"), call.pop("states"), call.pop("data")
    found = td.attribute(model, states, data, store=store, **call)
    np.testing.assert_array_equal(found, td.attribute(model, states, data, **call))
    assert not np.array_equal(found, old)


def test_code_that_changes_what_a_checkpoint_says_is_not_mistaken_for_the_old():
    class Scaled(nn.Module):
        factor = 1.0

        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 3)

        def forward(self, inputs):
            return self.factor * self.layer(inputs)

    model, store = Scaled(), MemoryStore()
    states = [model.state_dict()]
    old = td.attribute(model, states, DATA, store=store)
    Scaled.factor = 2.0
    assert not np.array_equal(td.attribute(model, states, DATA, store=store), old)


def test_an_interrupted_run_keeps_what_is_finished_and_ends_the_same(
    tmp_path, computed, monkeypatch
):
    monkeypatch.setattr(attribute_module, "available", lambda: 1)
    states = cases.states(3)
    with pytest.raises(KeyboardInterrupt):
        td.attribute(
            cases.network(), states, DATA, store=tmp_path / "kept", progress=Counter(27 + 27 + 5)
        )
    computed.clear()
    scores = td.attribute(cases.network(), states, DATA, store=tmp_path / "kept")
    assert len(computed) == 1
    np.testing.assert_array_equal(scores, td.attribute(cases.network(), states, DATA))


def test_a_damaged_score_is_computed_anew(tmp_path):
    states = cases.states(1)
    first = td.attribute(cases.network(), states, DATA, store=tmp_path / "kept")
    for path in (tmp_path / "kept" / "arrays").rglob("c/*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    again = td.attribute(cases.network(), states, DATA, store=tmp_path / "kept")
    np.testing.assert_array_equal(again, first)


def test_every_example_is_told_to_the_meter_once():
    meter = Counter()
    td.attribute(cases.network(), cases.states(2), DATA, progress=meter)
    assert meter.seen == meter.total == 2 * 27


def test_inputs_may_stay_on_the_disk(tmp_path):
    paths = [tmp_path / "train.npy", tmp_path / "targets.npy"]
    mapped = []
    for path, (inputs, labels) in zip(paths, DATA, strict=True):
        np.save(path, inputs)
        mapped.append((np.load(path, mmap_mode="r"), labels))
    np.testing.assert_array_equal(
        td.attribute(cases.network(), cases.states(1), mapped),
        td.attribute(cases.network(), cases.states(1), DATA),
    )


def test_a_module_that_cant_be_vectorised_gives_the_same_scores():
    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = cases.network()

        def forward(self, inputs):
            outputs = self.layers(inputs)
            return outputs + 0 if outputs.sum().item() > 0 else outputs * 1

    plain = cases.network()
    branching = Branching()
    branching.layers.load_state_dict(plain.state_dict())
    np.testing.assert_allclose(
        td.attribute(branching, [branching.state_dict()], DATA),
        td.attribute(plain, [plain.state_dict()], DATA),
        rtol=1e-3,
        atol=1e-5,
    )


def test_batch_normalisation_uses_its_running_statistics():
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))
    model(torch.as_tensor(DATA[0][0]))
    together = td.attribute(model, [model.state_dict()], DATA)
    train, targets = DATA
    alone = td.attribute(model, [model.state_dict()], (train, (targets[0][:1], targets[1][:1])))
    np.testing.assert_allclose(together[:, :1], alone, rtol=1e-4, atol=1e-6)


def test_frozen_parameters_are_taken_as_given():
    model = cases.network()
    with torch.no_grad():
        hidden = [(np.tanh(model[0](torch.as_tensor(x)).numpy()), y) for x, y in DATA]
    model[0].requires_grad_(False)
    frozen = td.attribute(model, [model.state_dict()], DATA)
    head = td.attribute(model[2], [model[2].state_dict()], hidden)
    np.testing.assert_allclose(frozen, head, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("leave", [(), ("grid",), ("first.weight",), ("last.weight", "grid")])
def test_tied_weights_and_passing_buffers_may_be_given_or_not(leave):
    model = cases.Gridded(4, 3)
    whole = td.attribute(model, [model.state_dict()], DATA)
    named = {**model.state_dict(), "grid": model.grid}
    fewer = {name: value for name, value in named.items() if name not in leave}
    np.testing.assert_array_equal(td.attribute(cases.Gridded(4, 3), [fewer], DATA), whole)


def test_a_passing_buffer_that_is_given_is_used():
    model = cases.Gridded(4, 3)
    named = {**model.state_dict(), "grid": model.grid}
    doubled = {**named, "grid": 2 * model.grid}
    one, other = (td.attribute(model, [state], DATA) for state in (named, doubled))
    assert not np.allclose(one, other)


def test_weights_of_half_precision_are_read_from_files(tmp_path):
    state = cases.states(1)[0]
    half = {name: value.bfloat16() for name, value in state.items()}
    save_file(half, tmp_path / "half.safetensors")
    rounded = {name: value.float() for name, value in half.items()}
    np.testing.assert_array_equal(
        td.attribute(cases.network(), [tmp_path / "half.safetensors"], DATA),
        td.attribute(cases.network(), [rounded], DATA),
    )


def test_where_memory_is_short_checkpoints_take_turns(monkeypatch):
    states = cases.states(3)
    usual = td.attribute(cases.network(), states, DATA)
    sizes = []
    monkeypatch.setattr(attribute_module, "WORKING_BYTES", 1)
    pool = ThreadPoolExecutor

    def counted(size):
        sizes.append(size)
        return pool(size)

    monkeypatch.setattr(scoring, "ThreadPoolExecutor", counted)
    np.testing.assert_array_equal(td.attribute(cases.network(), states, DATA), usual)
    assert sizes == [1]


PEAK = """
import resource
import numpy as np
import torch
import traindiff as td
from traindiff.datasets.groups import Groups

rng = np.random.default_rng(0)
data = [(rng.normal(size=(n, 4)).astype("float32"), rng.integers(0, 3, n)) for n in (20_000, 4_000)]
model = torch.nn.Linear(4, 3)
few = [(inputs[:64], labels[:64]) for inputs, labels in data]
td.attribute(model, [model.state_dict()], few)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
groups = Groups.of(np.arange(20_000) % 100)
scores = td.attribute(model, [model.state_dict()], data, groups=groups)
print(scores.shape, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def test_scores_by_group_never_need_a_number_for_each_example_and_target():
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    shape, grown = done.stdout.rsplit(maxsplit=1)
    assert shape == "(1, 4000, 100)"
    assert int(grown) < 4 * 20_000 * 4_000 / 4  # bytes; a quarter of all pairs


def test_integer_inputs_reach_an_embedding():
    rng = np.random.default_rng(0)
    tokens, labels = rng.integers(0, 10, size=(15, 6)), rng.integers(0, 3, size=15)
    model = nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.Linear(24, 3))
    scores = td.attribute(
        model, [model.state_dict()], ((tokens[:10], labels[:10]), (tokens[10:], labels[10:]))
    )
    assert np.isfinite(scores).all()


def test_an_algorithm_prepares_its_data_as_it_does_for_training():
    data = td.split(td.load("wine"), train=60, targets=20, verification=10, seed=0)
    algorithm = td.TorchAlgorithm(name="mlp", arguments={"hidden": [8]}, epochs=5)
    masks = np.ones((2, 60), dtype=bool)
    ensemble = algorithm.train(data.train, masks, [1, 2], lambda amount=1: None)
    arrays = ensemble.arrays()
    states = [{name: value[i] for name, value in arrays.items()} for i in range(2)]
    scores = td.attribute(algorithm, states, data)
    prepare = ensemble.problem.preparation
    by_hand = td.attribute(
        ensemble.problem.template,
        states,
        [(prepare(part.inputs), part.labels) for part in (data.train, data.targets)],
    )
    np.testing.assert_array_equal(scores, by_hand)


def test_a_regressions_scores_are_in_the_labels_units():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(40, 3))
    parts = {}
    for name, factor in (("metres", 1.0), ("centimetres", 100.0)):
        data = td.Dataset(
            name=name,
            modality="table",
            inputs=inputs,
            labels=factor * (inputs[:, 0] + 0.1 * rng.normal(size=40) * 0 + 5),
            class_names=None,
            ids=tuple(map(str, range(40))),
            columns=("x", "y", "z"),
        )
        parts[name] = data.take(np.arange(25)), data.take(np.arange(25, 40))
    algorithm = td.TorchAlgorithm(name="mlp", arguments={"hidden": [4]}, epochs=3)
    arrays = algorithm.train(
        parts["metres"][0], np.ones((1, 25), bool), [3], lambda amount=1: None
    ).arrays()
    states = [{name: value[0] for name, value in arrays.items()}]
    metres, centimetres = (td.attribute(algorithm, states, parts[name]) for name in parts)
    np.testing.assert_allclose(centimetres, 100 * metres, rtol=1e-3, atol=1e-4)


def wrong_name():
    return {f"{name}_of": value for name, value in cases.states(1)[0].items()}


def wrong_shape():
    return cases.states(1, hidden=5)[0]


def diverged():
    state = cases.states(1)[0]
    state["0.weight"][0, 0] = float("nan")
    return state


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (wrong_name, "does not fit the model: it lacks"),
        (wrong_shape, r"has shape \(5, 4\), the model needs \(6, 4\)"),
        (diverged, "NaN or infinite weights"),
        (dict, "holds no tensors"),
        (lambda: {"weights": cases.states(1)[0], "epoch": 3}, "give the state dict alone"),
        (lambda: "nowhere.safetensors", "nowhere.safetensors does not exist"),
        (lambda: "nowhere.pt", "nowhere.pt does not exist"),
    ],
)
def test_unusable_checkpoints_are_refused(state, message):
    with pytest.raises(InputError, match=message):
        td.attribute(cases.network(), [state()], DATA)


def test_what_is_wrong_with_a_checkpoint_is_said_of_its_file(tmp_path):
    save_file(diverged(), tmp_path / "seed7.safetensors")
    with pytest.raises(InputError, match=r"seed7\.safetensors: .* NaN"):
        td.attribute(cases.network(), [tmp_path / "seed7.safetensors"], DATA)
    large = {**cases.states(1)[0], "2.weight": torch.full((3, 6), 3e38)}
    save_file(large, tmp_path / "seed8.safetensors")
    with pytest.raises(InputError, match=r"seed8\.safetensors: .* NaN or infinite"):
        td.attribute(cases.network(), [tmp_path / "seed8.safetensors"], DATA)
    with pytest.raises(InputError, match=r"checkpoint 1: .* NaN"):
        td.attribute(cases.network(), [cases.states(1)[0], diverged()], DATA)


def test_a_checkpoint_that_holds_code_is_never_run(tmp_path):
    torch.save(cases.network(), tmp_path / "module.pt")
    with pytest.raises(InputError, match="weights_only=True"):
        td.attribute(cases.network(), [tmp_path / "module.pt"], DATA)


def floats(part):
    return part[0], part[1].astype(float)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((DATA[0],), "data must be a Splits, or a pair"),
        (((DATA[0][0], DATA[0][1][:5]), DATA[1]), "20 inputs and labels of shape"),
        (((DATA[0][0], DATA[0][1] * np.nan), DATA[1]), "class indices or finite values"),
        ((DATA[0], (DATA[1][0], DATA[1][1] + 5)), "labels run from 0 to 7, but the model gives 3"),
        ((floats(DATA[0]), DATA[1]), "both have class indices, or both values"),
        ((floats(DATA[0]), floats(DATA[1])), "labels are values, but the model gives 3 outputs"),
        (((DATA[0][0][:, :2], DATA[0][1]), DATA[1]), r"can't take training inputs of shape \(2,\)"),
        ((DATA[0], (np.full((7, 4), np.inf, np.float32), DATA[1][1])), "NaN or infinite"),
    ],
)
def test_unusable_data_are_refused(data, message):
    with pytest.raises(InputError, match=message):
        td.attribute(cases.network(), cases.states(1), data)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "track"}, "unknown method 'track': did you mean 'trak'"),
        ({"output": "prediction"}, "does not fit labels that are class indices"),
        ({"output": "loss"}, "unknown output 'loss'.*'margin'"),
        ({"groups": Groups.of([1, 2])}, "groups has 2 training examples, the data 20"),
        ({"device": "abacus"}, "device 'abacus' is unknown"),
    ],
)
def test_unusable_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        td.attribute(cases.network(), cases.states(1), DATA, **settings)


def test_no_checkpoint_is_too_few():
    with pytest.raises(InputError, match="checkpoints is empty"):
        td.attribute(cases.network(), [], DATA)


def test_a_model_without_trained_parameters_is_refused():
    model = cases.network().requires_grad_(False)
    with pytest.raises(InputError, match="no parameter that requires a gradient"):
        td.attribute(model, [model.state_dict()], DATA)


def test_outputs_of_another_shape_are_refused():
    model = nn.Sequential(cases.network(), nn.Flatten(0))
    with pytest.raises(InputError, match=r"must return \[examples, classes\]"):
        td.attribute(model, [model.state_dict()], DATA, method=GradDot())


@pytest.mark.parametrize(
    "change",
    [
        lambda state: {**state, "0.bias": state["0.bias"] + 1e-7},
        lambda state: {**state, "0.bias": state["0.bias"].double()},
        lambda state: {**state, "0.bias": state["0.bias"][None]},
        lambda state: {("1" + name): value for name, value in state.items()},
    ],
    ids=["a bit", "type", "shape", "name"],
)
def test_the_identity_of_a_checkpoint_is_all_of_its_content(change):
    state = cases.states(1)[0]
    assert content_hash(change(state)) != content_hash(state)
    assert content_hash(dict(reversed(state.items()))) == content_hash(state)
