"""What the closed forms share: a network's features, how training examples pull, one system."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.func import vmap

from traindiff.attribution.base import Task, finite
from traindiff.attribution.examples import Examples
from traindiff.attribution.network import Network, Output, margin, prediction
from traindiff.attribution.sketch import Sketch

__all__ = ["feature_size", "slopes", "solved", "target_features", "train_features", "warmth"]

COLUMNS = 1024  # solved at a time


def feature_size(network: Network, projection: int) -> int:
    """Return the number of features: parameters are projected only if they are more."""
    return min(network.size, projection)


def train_features(task: Task, projection: int) -> Iterator[tuple[slice, Tensor]]:
    """Yield (rows, features [rows, size]) of training examples: gradients of the model's output."""
    output = prediction if task.network.regression else margin
    return _features(task, task.train, output, projection)


def target_features(task: Task, projection: int) -> Iterator[tuple[slice, Tensor]]:
    """Yield (rows, features [rows, size]) of targets: gradients of the output explained."""
    return _features(task, task.targets, task.output, projection)


def _features(
    task: Task, examples: Examples, output: Output, projection: int
) -> Iterator[tuple[slice, Tensor]]:
    network = task.network
    sketch = None
    if network.size > projection:
        sketch = Sketch.draw(network.size, projection, network.device, task.seed, task.name)
    for rows, inputs, labels in examples.blocks(network.block, network.device):
        gradients = network.gradients(inputs, labels, output)
        features = gradients if sketch is None else sketch(gradients)
        yield rows, finite(features.float(), task, "gradients")
        task.advance(len(inputs))


def slopes(task: Task, temperature: float | None) -> Tensor:
    """Return −∂loss/∂output of each training example, shape [train].

    Of a classification with cross-entropy and the margin m as output it is 1 − p = σ(−m); of a
    regression with half the squared error, label − prediction.

    Parameters
    ----------
    task : Task
    temperature : float or None
        σ(−m / temperature); see `warmth`.
    """
    if not task.network.regression:
        margins = _margins(task)
        return torch.sigmoid(-margins / _warmth(margins, temperature))
    blocks = task.train.blocks(task.network.block, task.network.device)
    each = [labels - task.network.logits(inputs)[:, 0] for _, inputs, labels in blocks]
    return finite(torch.cat(each).float(), task, "outputs of training examples")


def warmth(task: Task, temperature: float | None) -> float:
    """Return the temperature of a classifier's probabilities on its training examples.

    A network is surer of the examples that it was trained on than of others, and 1 − p of them is
    near 0 although leaving one out would change that. None takes the mean margin of the training
    examples, at least 1; 1 is the network's own probability.
    """
    return 1.0 if task.network.regression else _warmth(_margins(task), temperature)


def _warmth(margins: Tensor, temperature: float | None) -> float:
    return max(1.0, float(margins.mean())) if temperature is None else temperature


def _margins(task: Task) -> Tensor:
    blocks = task.train.blocks(task.network.block, task.network.device)
    each = [vmap(margin)(task.network.logits(inputs), labels) for _, inputs, labels in blocks]
    return finite(torch.cat(each).float(), task, "outputs of training examples")


def solved(gram: Tensor, ridge: float, examples: int, wanted: Tensor) -> Tensor:
    """Return (gram + λI)⁻¹ wanted with λ = ridge × trace(gram) / examples.

    In double precision on the CPU, which every machine has, some columns at a time. λ is at least
    the rounding of float32.

    Parameters
    ----------
    gram : tensor, shape [size, size]
        Positive semi-definite.
    ridge : float
    examples : int
    wanted : tensor, shape [size, columns]

    Returns
    -------
    float32 tensor, shape [size, columns]
    """
    gram = gram.cpu().double()
    total, single = float(gram.trace()), torch.finfo(torch.float32)
    # A gram matrix of float32 numbers is positive definite only up to their rounding. Where all
    # gradients are zero there is nothing to invert, and every score is 0.
    gram.diagonal().add_(max(total * max(ridge / examples, single.eps), single.tiny))
    factor = torch.linalg.cholesky(gram)
    parts = torch.split(wanted.cpu(), COLUMNS, dim=1)
    return torch.cat([torch.cholesky_solve(part.double(), factor).float() for part in parts], dim=1)
