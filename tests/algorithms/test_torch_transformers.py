"""Small vision transformers, as a person would write them, and what can't be vectorised."""

import numpy as np
import pytest
import torch
from tests.algorithms.torch_cases import images, quiet, subsets, train_alone
from torch import nn

from traindiff.algorithms.torch.algorithm import TorchAlgorithm


class VisionTransformer(nn.Module):
    """Patches, a class token, positions, an encoder, a linear head."""

    def __init__(self, input_shape, n_outputs, body, patch=2, width=16):
        super().__init__()
        channels, height, side = input_shape
        self.patches = nn.Conv2d(channels, width, patch, stride=patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        count = (height // patch) * (side // patch) + 1
        self.places = nn.Parameter(0.02 * torch.randn(1, count, width))
        self.body = body
        self.head = nn.Linear(width, n_outputs)

    def forward(self, inputs):
        tokens = self.patches(inputs).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(tokens), -1, -1), tokens], dim=1)
        return self.head(self.body(tokens + self.places)[:, 0])


class Block(nn.Module):
    """Attention and a small network, written out."""

    def __init__(self, width=16, heads=2):
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.all = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.network = nn.Sequential(nn.Linear(width, 32), nn.GELU(), nn.Linear(32, width))

    def forward(self, tokens):
        batch, count, width = tokens.shape
        split = self.all(self.before(tokens)).view(batch, count, 3, self.heads, -1)
        attended = nn.functional.scaled_dot_product_attention(*split.permute(2, 0, 3, 1, 4))
        tokens = tokens + self.out(attended.transpose(1, 2).reshape(batch, count, width))
        return tokens + self.network(self.between(tokens))


def encoder(dropout=0.0):
    layer = nn.TransformerEncoderLayer(
        16, 2, 32, dropout=dropout, batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


def library(input_shape, n_outputs):
    return VisionTransformer(input_shape, n_outputs, encoder())


def written_out(input_shape, n_outputs):
    return VisionTransformer(input_shape, n_outputs, nn.Sequential(Block(), Block()))


def dropping(input_shape, n_outputs):
    return VisionTransformer(input_shape, n_outputs, encoder(dropout=0.1))


def recipe(module):
    return TorchAlgorithm(
        name="A", module=module, epochs=3, batch_size=8, lr=0.005, optimizer="adamw", device="cpu"
    )


@pytest.mark.parametrize("module", [library, written_out])
def test_transformers_are_trained_together_as_if_alone(module):
    data, masks = images(), subsets(6, 40, 20)
    assert "models at once" in recipe(module).explain(data)
    together = recipe(module).train(data, masks, range(6), quiet).predict(data.inputs)
    apart = recipe(module).train(data, masks[4:5], [4], quiet).predict(data.inputs)
    np.testing.assert_allclose(together[4], apart[0], rtol=1e-3, atol=1e-4)
    plain = train_alone(
        lambda: module((1, 6, 6), 3),
        data,
        masks[4],
        4,
        lambda parameters: torch.optim.AdamW(parameters, lr=0.005, weight_decay=0.0),
        epochs=3,
        batch=8,
    )
    with torch.no_grad():
        expected = plain(torch.from_numpy(data.inputs)).numpy()
    np.testing.assert_allclose(together[4], expected, rtol=2e-3, atol=5e-4)


def test_only_convolutions_of_weight_keep_models_apart(monkeypatch):
    # The patches are a convolution, but a small part of the whole.
    monkeypatch.setattr("traindiff.algorithms.torch.problem.CONVOLVED_BYTES", 4 * 8 * 9 * 16)
    assert "models at once" in recipe(library).explain(images())
    monkeypatch.setattr("traindiff.algorithms.torch.problem.CONVOLVED_BYTES", 4 * 8 * 9 * 16 - 1)
    assert "convolutions are faster one model at a time" in recipe(library).explain(images())


def test_attention_is_left_as_it_was_found():
    before = torch.backends.mha.get_fastpath_enabled(), torch.backends.cuda.flash_sdp_enabled()
    recipe(library).train(images(), subsets(2, 40, 20), range(2), quiet)
    after = torch.backends.mha.get_fastpath_enabled(), torch.backends.cuda.flash_sdp_enabled()
    assert before == after
