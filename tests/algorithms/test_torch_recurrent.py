"""A recurrence by products of matrices is torch's own; models that hold one train together."""

import warnings

import numpy as np
import pytest
import torch
from tests.algorithms.torch_cases import images, quiet, subsets
from torch import nn

from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.algorithms.torch.recurrent import Recurrences

FORMS = {
    "plain": {},
    "batch first": {"batch_first": True},
    "no bias": {"bias": False},
    "both ways, deep": {"bidirectional": True, "num_layers": 2, "batch_first": True},
}


class Rows(nn.Module):
    def __init__(self, n_outputs, form, kind=nn.LSTM, size=8):
        super().__init__()
        self.rows = kind(6, size, batch_first=True, **form)
        self.head = nn.LazyLinear(n_outputs)

    def forward(self, inputs):
        return self.head(self.rows(inputs[:, 0])[0].mean(dim=1))


def rows(input_shape, n_outputs, **form):
    return Rows(n_outputs, form)


def gated(input_shape, n_outputs):
    return Rows(n_outputs, {}, nn.GRU)


def wide(input_shape, n_outputs):
    return Rows(n_outputs, {}, size=65)


def recipe(module, at_once=None, **arguments):
    return TorchAlgorithm(
        name="A", module=module, arguments=arguments, epochs=2, batch_size=8, lr=0.02,
        device="cpu", at_once=at_once,
    )  # fmt: skip


def measured(layer, inputs, hidden, cells):
    told, (last, kept) = layer(inputs, (hidden, cells))
    weights = torch.linspace(-1, 1, told.numel(), dtype=told.dtype).view_as(told)
    leaves = [inputs, hidden, cells, *layer.parameters()]
    total = (told * weights).sum() + last.square().sum() + kept.sin().sum()
    return [told, last, kept, *torch.autograd.grad(total, leaves)]


@pytest.mark.parametrize("form", FORMS)
def test_outputs_and_gradients_are_those_of_torch(form):
    torch.manual_seed(0)
    layer = nn.LSTM(5, 6, **FORMS[form]).double()
    places = layer.num_layers * (2 if layer.bidirectional else 1)
    inputs, hidden, cells = (
        torch.randn(*shape, dtype=torch.float64, requires_grad=True)
        for shape in ((4, 7, 5), *[(places, 4 if layer.batch_first else 7, 6)] * 2)
    )
    expected = measured(layer, inputs, hidden, cells)
    with Recurrences():
        found = measured(layer, inputs, hidden, cells)
    for own, torchs in zip(found, expected, strict=True):
        torch.testing.assert_close(own, torchs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("form", [{}, {"num_layers": 2, "dropout": 0.4, "bidirectional": True}])
def test_recurrent_networks_are_trained_together_as_if_alone(form):
    data, masks = images(), subsets(3, 40, 20)
    assert recipe(rows, **form).explain(data).endswith("models at once")
    together = recipe(rows, **form).train(data, masks, range(3), quiet)
    answers = together.predict(data.inputs)
    alone = recipe(rows, at_once=1, **form).train(data, masks, range(3), quiet)
    np.testing.assert_allclose(answers, alone.predict(data.inputs), rtol=1e-4, atol=1e-5)
    restored = recipe(rows, **form).restore(data, together.arrays())
    np.testing.assert_array_equal(answers, restored.predict(data.inputs))


@pytest.mark.parametrize(
    ("module", "form", "reason"),
    [
        (gated, {}, "for several models (aten::gru)"),
        (wide, {}, "its recurrence is faster one model at a time"),
        (rows, {"proj_size": 3}, "for several models (aten::lstm)"),
    ],
)
def test_other_recurrences_are_trained_one_at_a_time_and_it_is_said_why(module, form, reason):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="LSTM with projections")
        data, masks = images(), subsets(3, 40, 20)
        said = recipe(module, **form).explain(data)
        assert said.startswith("one model at a time: ")
        assert reason in said
        together = recipe(module, **form).train(data, masks, range(3), quiet)
        alone = recipe(module, **form).train(data, masks[1:2], [1], quiet)
    np.testing.assert_array_equal(together.predict(data.inputs)[1], alone.predict(data.inputs)[0])
