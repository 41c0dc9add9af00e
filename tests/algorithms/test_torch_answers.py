"""What a module returns beside its logits, and one logit of two classes."""

from collections import namedtuple

import numpy as np
import pytest
import torch
from tests.algorithms.torch_cases import images, quiet, subsets, train_alone
from torch import nn

from traindiff.algorithms.torch.algorithm import TorchAlgorithm

Named = namedtuple("Named", ["loss", "logits"])
FORMS = {
    "plain": lambda logits: logits,
    "mapping": lambda logits: {"logits": logits, "hidden_states": logits},
    "tuple": lambda logits: (logits.sum(), logits, logits[:, :1].long()),
    "named": lambda logits: Named(None, logits),
    "values": lambda logits: {"scores": logits},
}


class Answering(nn.Module):
    def __init__(self, n_outputs, answer):
        super().__init__()
        self.linear = nn.Linear(36, n_outputs)
        self.answer = answer

    def forward(self, inputs):
        return self.answer(self.linear(inputs.flatten(1)))


def answering(input_shape, n_outputs, form):
    return Answering(n_outputs, FORMS[form])


def single(input_shape, n_outputs):
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 1))


def flat(input_shape, n_outputs):
    return nn.Sequential(*single(input_shape, n_outputs), nn.Flatten(0))


def recipe(module, **arguments):
    return TorchAlgorithm(
        name="A", module=module, arguments=arguments, epochs=2, batch_size=8, lr=0.02, device="cpu"
    )


@pytest.mark.parametrize("form", FORMS)
def test_logits_are_found_among_what_a_module_returns(form):
    data, masks = images(), subsets(3, 40, 20)
    assert recipe(answering, form=form).explain(data).endswith("models at once")
    found = recipe(answering, form=form).train(data, masks, range(3), quiet)
    plain = recipe(answering, form="plain").train(data, masks, range(3), quiet)
    np.testing.assert_array_equal(found.predict(data.inputs), plain.predict(data.inputs))
    assert set(found.arrays()) == {"linear.weight", "linear.bias"}


@pytest.mark.parametrize("module", [single, flat])
def test_one_logit_of_two_classes_is_trained_as_by_binary_cross_entropy(module):
    data, masks = images(classes=2), subsets(3, 40, 20)
    answers = recipe(module).train(data, masks, range(3), quiet).predict(data.inputs)
    assert answers.shape == (3, 40, 2)
    assert not answers[..., 0].any()

    class Both(nn.Sequential):
        def forward(self, inputs):
            logit = super().forward(inputs)
            return torch.cat([torch.zeros_like(logit), logit], dim=1)

    alone = train_alone(
        lambda: Both(*single((1, 6, 6), 2)), data, masks[1], 1,
        lambda weights: torch.optim.Adam(weights, lr=0.02), epochs=2, batch=8,
    )  # fmt: skip
    with torch.no_grad():
        expected = alone(torch.from_numpy(data.inputs)).numpy()
    np.testing.assert_allclose(answers[1], expected, rtol=1e-3, atol=1e-4)
