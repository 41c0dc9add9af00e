"""Checkpoints as people save them, and files that are none."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tests.attribution.attribution_cases import classification, network
from torch import nn

from traindiff.algorithms.torch.weights import weights_hash
from traindiff.attribution.adapters import from_captum, from_dattri
from traindiff.attribution.attribute import attribute
from traindiff.attribution.checkpoints import listed, loaded, read_checkpoint
from traindiff.errors import InputError

STATE = network().state_dict()
SHAPE = {"n_train": 6, "n_targets": 4}


def prefixed(prefix):
    return {prefix + name: value for name, value in STATE.items()}


SAVED = {
    "bare": STATE,
    "training loop": {"model_state_dict": STATE, "optimizer_state_dict": {}, "epoch": 3},
    "lightning": {"state_dict": prefixed("model."), "global_step": 7, "loops": {}},
    "compiled": prefixed("_orig_mod."),
    "parallel": prefixed("module."),
    "both": {"model": prefixed("module._orig_mod.")},
    "half": {name: value.half() for name, value in STATE.items()},
    "brain": {name: value.bfloat16() for name, value in STATE.items()},
}


def held(checkpoint):
    return loaded(network(seed=9), read_checkpoint(checkpoint, "n.pt"), "n.pt").state_dict()


@pytest.mark.parametrize("case", SAVED)
def test_a_checkpoint_is_read_however_it_was_saved(case, tmp_path):
    torch.save(SAVED[case], tmp_path / "n.ckpt")
    for checkpoint in (tmp_path / "n.ckpt", SAVED[case]):
        for name, value in held(checkpoint).items():
            torch.testing.assert_close(value, STATE[name], rtol=1e-2, atol=1e-2)


def test_folders_and_modules_are_read(tmp_path):
    whole, sharded = tmp_path / "whole", tmp_path / "sharded"
    whole.mkdir()
    sharded.mkdir()
    save_file(STATE, whole / "model.safetensors")
    places = {}
    for place, (name, value) in enumerate(STATE.items()):
        places[name] = f"model-{place}.safetensors"
        save_file({name: value}, sharded / places[name])
    (sharded / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    for checkpoint in (whole, sharded, network()):
        for name, value in held(checkpoint).items():
            assert torch.equal(value, STATE[name])
    with pytest.raises(InputError, match="is a folder without model"):
        read_checkpoint(tmp_path, "here")


def test_one_path_and_a_pattern_are_lists(tmp_path):
    for seed in (1, 0):
        torch.save(network(seed=seed).state_dict(), tmp_path / f"n{seed}.pt")
    data = classification()
    both = attribute(network(), str(tmp_path / "n*.pt"), data, method="grad-dot", device="cpu")
    one = attribute(network(), str(tmp_path / "n1.pt"), data, method="grad-dot", device="cpu")
    assert both.shape[0] == 2
    np.testing.assert_array_equal(both[1:], one)
    with pytest.raises(InputError, match="no file fits the pattern"):
        listed(str(tmp_path / "m*.pt"))


def test_counts_of_batches_may_be_missing_and_nothing_else():
    module = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    state = module.state_dict()
    del state["1.num_batches_tracked"]
    loaded(module, state, "old.pt")
    del state["1.running_mean"]
    with pytest.raises(InputError, match=r"lacks \['1.running_mean'\]"):
        loaded(module, state, "old.pt")


@pytest.mark.parametrize("dtype", [torch.complex64, torch.int8])
def test_weights_of_another_kind_are_refused(dtype):
    state = {name: value.to(dtype) for name, value in STATE.items()}
    with pytest.raises(InputError, match="not quantised, in real"):
        held(state)


@pytest.mark.parametrize("first", "abehjqrstuGQR.<{")
def test_a_file_that_is_no_checkpoint_is_an_input_error(first, tmp_path):
    path = tmp_path / "n.pt"
    path.write_text(first + "ello world\n")
    with pytest.raises(InputError, match=r"n\.pt must be a readable state dict"):
        read_checkpoint(path, str(path))


def test_every_damage_of_a_header_is_an_input_error(tmp_path):
    np.save(tmp_path / "s.npy", np.zeros((6, 4)))
    raw = (tmp_path / "s.npy").read_bytes()
    for bit in range(0, 8 * 120, 5):
        damaged = bytearray(raw)
        damaged[bit // 8] ^= 1 << bit % 8
        (tmp_path / "d.npy").write_bytes(damaged)
        try:
            assert from_dattri(tmp_path / "d.npy", **SHAPE).shape == (4, 6)
        except InputError as error:
            assert "d.npy" in str(error)  # noqa: PT017


def test_scores_are_read_with_their_graph_and_sparse(tmp_path):
    scores = torch.arange(24.0).reshape(6, 4)
    expected = scores.T.numpy()
    for given in (nn.Parameter(scores), scores.requires_grad_() * 1, scores.detach().to_sparse()):
        np.testing.assert_array_equal(from_dattri(given, **SHAPE), expected)
        torch.save(given, tmp_path / "s.pt")
        np.testing.assert_array_equal(from_dattri(tmp_path / "s.pt", **SHAPE), expected)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (torch.ones(6, 4, dtype=torch.complex64), "real numbers, found complex64"),
        (np.full((6, 4), "a"), "d.npy must hold real numbers, found <U1"),
        (np.full((6, 4), 1e300), "NaN or infinite"),
        ([[torch.ones(3)], torch.ones(2)], "influence is called without k"),
    ],
)
def test_scores_of_another_kind_are_refused(scores, message, tmp_path):
    if isinstance(scores, np.ndarray):
        np.save(tmp_path / "d.npy", scores)
        scores = tmp_path / "d.npy"
    with pytest.raises(InputError, match=message):
        from_captum(scores, n_train=4, n_targets=6)


def test_the_hash_of_initial_weights_is_that_of_their_content(tmp_path):
    save_file(STATE, tmp_path / "a.safetensors", metadata={"a": "1", "b": "2"})
    save_file(STATE, tmp_path / "b.safetensors", metadata={"b": "3"})
    assert weights_hash(tmp_path / "a.safetensors") == weights_hash(tmp_path / "b.safetensors")
    save_file({**STATE, "0.bias": STATE["0.bias"] + 1}, tmp_path / "b.safetensors")
    assert weights_hash(tmp_path / "a.safetensors") != weights_hash(tmp_path / "b.safetensors")


class Pair(nn.Module):
    def __init__(self, answer=lambda logits: (logits, logits)):
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.answer = answer

    def forward(self, inputs):
        return self.answer(self.linear(inputs))


FORMS = {
    "tuple": lambda logits: (logits.sum(), logits, logits[:, None]),
    "mapping": lambda logits: {"logits": logits, "hidden_states": logits},
}


@pytest.mark.parametrize("form", FORMS)
def test_logits_are_found_among_what_a_model_returns(form):
    state = Pair().state_dict()
    plain, found = (
        attribute(Pair(answer), [state], classification(), method="grad-dot", device="cpu")
        for answer in (lambda logits: logits, FORMS[form])
    )
    np.testing.assert_array_equal(plain, found)


def test_one_logit_stands_for_two_classes():
    (inputs, labels), (asked, answers) = (
        (inputs, labels % 2) for inputs, labels in classification()
    )
    torch.manual_seed(0)
    model = nn.Linear(4, 1)
    parts = ((inputs, labels), (asked, answers))
    found = attribute(model, [model.state_dict()], parts, method="grad-dot", device="cpu")
    signs, wanted = 2 * labels - 1, 2 * answers - 1
    with torch.no_grad():
        logits = model(torch.as_tensor(inputs)).numpy()[:, 0]
    pull = signs / (1 + np.exp(signs * logits))  # of the loss, whose margin is sign * logit
    alike = np.hstack([asked, np.ones((len(asked), 1))]) @ np.vstack(
        [inputs.T, np.ones(len(inputs))]
    )
    np.testing.assert_allclose(found[0], wanted[:, None] * alike * pull, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Pair(), "found a tuple with 2 such tensors: return the logits alone"),
        (Pair, "must be an nn.Module or a Torch"),
    ],
)
def test_models_that_can_not_be_attributed_are_refused_in_words(model, message):
    with pytest.raises(InputError, match=message):
        attribute(model, [Pair().state_dict()], classification(), device="cpu")


def test_inputs_may_require_a_gradient():
    train, targets = classification()
    graphed = tuple((torch.tensor(x, requires_grad=True), y) for x, y in (train, targets))
    plain = attribute(network(), [STATE], (train, targets), method="grad-dot", device="cpu")
    given = attribute(network(), [STATE], graphed, method="grad-dot", device="cpu")
    np.testing.assert_array_equal(plain, given)
