"""What attribution will take, before it starts."""

import time

import numpy as np
import torch

from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.algorithms.torch.problem import find_device
from traindiff.attribution.attribute import attribute
from traindiff.attribution.base import Method
from traindiff.attribution.costs import Cost, cost_of
from traindiff.attribution.subject import Subject
from traindiff.datasets import Dataset

__all__ = ["expected_cost"]

TRIED = 32


def expected_cost(
    algorithm: TorchAlgorithm, train: Dataset, targets: Dataset, method: Method, axis: int
) -> tuple[Cost, float]:
    """Return the cost of one checkpoint of an algorithm, and about how many seconds it takes.

    An untrained network is attributed on a few examples, then on twice as many; what the latter
    take longer is what more examples take. Solving for many features comes on top.

    Parameters
    ----------
    algorithm : TorchAlgorithm
    train, targets : Dataset
    method : Method
    axis : int
        Length of the train axis.
    """
    subject = Subject.of(algorithm, (train, targets), find_device(algorithm.device))
    state = {name: torch.clone(value) for name, value in subject.module.state_dict().items()}

    def seconds(examples: int) -> float:
        few = [part.take(np.arange(min(examples, len(part)))) for part in (train, targets)]
        started = time.perf_counter()
        attribute(algorithm, [state], few, method=method, device=algorithm.device)
        return time.perf_counter() - started

    seconds(TRIED)  # the first pays for what happens once
    short, long = seconds(TRIED), seconds(2 * TRIED)
    rest = len(train) + len(targets) - 4 * TRIED
    return cost_of(method, subject, axis), long + max(0.0, long - short) / (2 * TRIED) * max(
        rest, 0
    )
