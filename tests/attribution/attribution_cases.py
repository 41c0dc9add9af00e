"""Small problems whose attributions are known."""

import numpy as np
import torch
from torch import nn

from traindiff import seeding


def regression(n=12, targets=5, features=3, seed=0):
    """Return (train, targets), each (inputs, values)."""
    rng = seeding.stream(seed, "attribution regression")
    inputs = rng.normal(size=(n + targets, features)).astype(np.float32)
    values = (inputs @ rng.normal(size=features) + rng.normal(size=n + targets)).astype(np.float32)
    return (inputs[:n], values[:n]), (inputs[n:], values[n:])


def classification(n=20, targets=7, features=4, classes=3, seed=0):
    """Return (train, targets), each (inputs, labels); the labels follow the inputs."""
    rng = seeding.stream(seed, "attribution classification")
    inputs = rng.normal(size=(n + targets, features)).astype(np.float32)
    labels = (inputs @ rng.normal(size=(features, classes))).argmax(axis=1)
    return (inputs[:n], labels[:n]), (inputs[n:], labels[n:])


def network(features=4, classes=3, hidden=6, seed=0):
    """Return a small multi-layer perceptron with drawn weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(features, hidden), nn.Tanh(), nn.Linear(hidden, classes))


class Gridded(nn.Module):
    """One weight by two names, and a buffer that state_dict() leaves out."""

    def __init__(self, features, classes):
        super().__init__()
        self.register_buffer("grid", torch.linspace(0.5, 1.5, features), persistent=False)
        self.first, self.last = nn.Linear(features, features), nn.Linear(features, features)
        self.last.weight = self.first.weight
        self.head = nn.Linear(features, classes)

    def forward(self, inputs):
        hidden = torch.tanh(self.first(inputs.flatten(1) * self.grid))
        return self.head(torch.tanh(self.last(hidden)))


def gridded(input_shape, n_outputs):
    """Return a `Gridded` for inputs of that shape."""
    return Gridded(int(np.prod(input_shape)), n_outputs)


def states(count=3, **kwargs):
    """Return state dicts of networks that differ in their weights."""
    return [network(seed=seed, **kwargs).state_dict() for seed in range(count)]


def linear(weights, bias=None):
    """Return a linear module with these weights [classes, features]."""
    weights = torch.as_tensor(np.asarray(weights), dtype=torch.float32)
    layer = nn.Linear(weights.shape[1], weights.shape[0], bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(weights)
        if bias is not None:
            layer.bias.copy_(torch.as_tensor(np.asarray(bias)))
    return layer
