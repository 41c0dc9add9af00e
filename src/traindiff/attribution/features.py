"""Gradients of outputs, projected: the features in which a network is linear."""

from collections.abc import Iterator

from torch import Tensor

from traindiff.attribution.base import Task, finite
from traindiff.attribution.examples import Examples
from traindiff.attribution.network import Network, Output, margin, prediction
from traindiff.attribution.sketch import Sketch

__all__ = ["feature_size", "target_features", "train_features"]


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
