"""What vmap gets wrong or does not know is found before training, and trained as if alone."""

import random
import re

import numpy as np
import pytest
import torch
from tests.algorithms.torch_cases import images, quiet, subsets
from torch import nn

from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.algorithms.torch.draws import Draws
from traindiff.errors import InputError


class Tokens(nn.Module):
    """Numbers as ids, 0 for what is missing."""

    def __init__(self, n_outputs, padding_idx):
        super().__init__()
        self.embedding = nn.Embedding(4, 5, padding_idx=padding_idx)
        self.head = nn.Linear(5, n_outputs)

    def forward(self, inputs):
        return self.head(self.embedding((3.99 * inputs.flatten(1)).long()).mean(dim=1))


class Hooked(nn.Module):
    """A linear model, and something else that happens in its forward."""

    def __init__(self, n_outputs, happens):
        super().__init__()
        self.linear = nn.Linear(36, n_outputs)
        self.register_buffer("centre", torch.zeros(36))
        self.calls = 0
        self.happens = happens

    def forward(self, inputs):
        return self.linear(self.happens(self, inputs.flatten(1)))


def moved(module, inputs):
    if module.training:
        module.centre = 0.9 * module.centre + 0.1 * inputs.mean(dim=0)
    return inputs - module.centre


def counted(module, inputs):
    if module.training:
        module.calls += 1
    return inputs * min(1.0, module.calls / 10)


def guarded(module, inputs):
    return 2 * inputs if inputs.mean() > 0.2 else inputs


def selected(module, inputs):
    inputs[inputs < 0.1] = 0
    return inputs


def outside(module, inputs):
    return torch.from_numpy(np.sqrt(inputs.numpy()))


def chance(module, inputs):
    return inputs * (random.random() < 0.5) if module.training else inputs


def legacy(module, inputs):
    return inputs * np.random.rand() if module.training else inputs  # noqa: NPY002


def shuffled(module, inputs):
    return inputs[:, torch.randperm(36)] if module.training else inputs


def hooked(input_shape, n_outputs, happens):
    return Hooked(n_outputs, globals()[happens])


def padded(input_shape, n_outputs):
    return Tokens(n_outputs, padding_idx=0)


def unpadded(input_shape, n_outputs):
    return Tokens(n_outputs, padding_idx=None)


def scripted(input_shape, n_outputs):
    return torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(36, n_outputs)))


def lazy(input_shape, n_outputs):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(n_outputs))


def parametrised(input_shape, n_outputs):
    return nn.utils.parametrizations.weight_norm(Rows(36, n_outputs))


def with_parametrised(input_shape, n_outputs):
    return nn.Sequential(
        nn.Flatten(), nn.utils.parametrizations.weight_norm(nn.Linear(36, n_outputs))
    )


class Noisy(nn.Module):
    """Noise, a dropout of whole columns and a stochastic depth, each drawn in its own way."""

    def __init__(self, n_outputs):
        super().__init__()
        self.linear, self.head = nn.Linear(36, 8), nn.Linear(8, n_outputs)

    def forward(self, inputs):
        hidden = self.linear(inputs.flatten(1))
        if self.training:
            hidden = hidden + 0.1 * torch.randn_like(hidden) + 0.1 * torch.rand(8)
            hidden = hidden * hidden.new_empty((len(hidden), 1)).bernoulli_(0.5)
        return self.head(nn.functional.dropout(hidden, 0.3, self.training))


class Attentive(nn.Module):
    def __init__(self, n_outputs):
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.3, batch_first=True)
        self.head = nn.Linear(6, n_outputs)

    def forward(self, inputs):
        return self.head(self.encoder(inputs[:, 0]).mean(dim=1))


def noisy(input_shape, n_outputs):
    return Noisy(n_outputs)


def attentive(input_shape, n_outputs):
    return Attentive(n_outputs)


class Rows(nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs.flatten(1))


def recipe(module, at_once=None, **arguments):
    return TorchAlgorithm(
        name="A",
        module=module,
        arguments=arguments,
        epochs=2,
        batch_size=8,
        lr=0.02,
        device="cpu",
        at_once=at_once,
    )


APART = {
    "padding": (padded, {}, "its gradients of embedding.weight would not be"),
    "buffer": (hooked, {"happens": "moved"}, "its values of centre would not be"),
    "counter": (hooked, {"happens": "counted"}, r"plain attributes, not in buffers \(calls\)"),
    "control": (hooked, {"happens": "guarded"}, "depends on values that it computes"),
    "indexing": (hooked, {"happens": "selected"}, "depend on values that it computes"),
    "numpy": (hooked, {"happens": "outside"}, "outside torch, such as NumPy"),
    "random": (hooked, {"happens": "chance"}, "Python's or NumPy's random numbers"),
    "np.random": (hooked, {"happens": "legacy"}, "Python's or NumPy's random numbers"),
    "permutation": (hooked, {"happens": "shuffled"}, "aten::randperm"),
    "jitted": (scripted, {}, "compiled by torch.jit"),
}
TOGETHER = [unpadded, lazy, parametrised, with_parametrised, noisy, attentive]


@pytest.mark.filterwarnings("ignore:.torch.jit")
@pytest.mark.parametrize("case", APART)
def test_a_module_that_would_be_another_together_is_trained_alone(case):
    module, arguments, reason = APART[case]
    data, masks = images(), subsets(3, 40, 20)
    algorithm = recipe(module, at_once=3, **arguments)
    said = algorithm.explain(data)
    assert said.startswith("one model at a time, not 3: ")
    assert re.search(reason, said), said
    trained = algorithm.train(data, masks, range(3), quiet)
    answers = trained.predict(data.inputs)
    alone = algorithm.train(data, masks[1:2], [1], quiet).predict(data.inputs)
    np.testing.assert_array_equal(answers[1], alone[0])
    if (arrays := trained.arrays()) is not None:
        np.testing.assert_array_equal(answers, algorithm.restore(data, arrays).predict(data.inputs))
    assert (arrays is None) == (case == "counter")


@pytest.mark.parametrize("module", TOGETHER)
def test_a_module_that_is_the_same_together_is_trained_so(module):
    data, masks = images(), subsets(3, 40, 20)
    assert recipe(module).explain(data).endswith("models at once")
    together = recipe(module).train(data, masks, range(3), quiet).predict(data.inputs)
    single = recipe(module, at_once=1)
    assert single.explain(data) == "one model at a time: as asked"
    alone = single.train(data, masks, range(3), quiet).predict(data.inputs)
    np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-4)


def test_draws_are_as_likely_as_they_should_be_and_each_models_own():
    draws = Draws([1, 2], stacked=True)
    like = torch.empty(2, 100, 200)
    with draws:
        kept = like.clone().bernoulli_(0.9)
        normal = torch.randn_like(like)
        even = torch.rand(2, 100, 200)
        never, always = torch.bernoulli(like, p=0.0), torch.bernoulli(like, p=1.0)
    with Draws([2], stacked=False):
        np.testing.assert_array_equal(torch.empty(100, 200).bernoulli_(0.9), kept[1])
    assert draws.used
    np.testing.assert_allclose(kept.mean(dim=(1, 2)), 0.9, atol=0.01)
    np.testing.assert_allclose(normal.mean(dim=(1, 2)), 0.0, atol=0.03)
    np.testing.assert_allclose(normal.std(dim=(1, 2)), 1.0, atol=0.03)
    np.testing.assert_allclose(even.mean(dim=(1, 2)), 0.5, atol=0.01)
    assert not never.any()
    assert always.all()
    assert (kept[0] != kept[1]).any()


def test_the_padding_row_stays_zero_and_a_replaced_buffer_moves_as_in_a_plain_loop():
    data, masks = images(), subsets(3, 40, 20)
    rows = recipe(padded).train(data, masks, range(3), quiet).arrays()["embedding.weight"]
    assert not rows[:, 0].any()
    assert rows[:, 1].any()
    arrays = recipe(hooked, happens="moved").train(data, masks, range(3), quiet).arrays()
    assert (arrays["centre"] > 0.05).any(axis=1).all()


def test_data_are_left_as_they_are_by_a_module_that_works_in_place():
    data, before = images(), images().inputs
    recipe(hooked, happens="selected").train(data, subsets(2, 40, 20), [0, 1], quiet).predict(
        data.inputs
    )
    np.testing.assert_array_equal(data.inputs, before)


class Several(nn.Module):
    def __init__(self, n_outputs):
        super().__init__()
        self.linear = nn.Linear(36, n_outputs)

    def forward(self, inputs):
        return 2 * (self.linear(inputs.flatten(1)),)


def several(input_shape, n_outputs):
    return Several(n_outputs)


def on_no_device(input_shape, n_outputs):
    return nn.Sequential(nn.Flatten(), nn.Linear(36, n_outputs, device="meta"))


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (several, "found a tuple with 2 such tensors: return the logits alone"),
        (on_no_device, "can't take examples"),
    ],
)
def test_a_module_that_can_not_be_trained_is_refused_in_words(module, message):
    with pytest.raises(InputError, match=message):
        recipe(module).check(images())
