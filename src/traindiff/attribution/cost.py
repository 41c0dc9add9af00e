"""What attribution will take, before it starts."""

import time
from dataclasses import dataclass

import numpy as np
import torch

from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.algorithms.torch.layout import one_thread
from traindiff.algorithms.torch.problem import find_device
from traindiff.attribution.base import Method
from traindiff.attribution.scoring import Scoring
from traindiff.attribution.subject import Subject
from traindiff.datasets import Dataset
from traindiff.store import MemoryStore

__all__ = ["Cost", "cost_of", "expected_cost"]

TRIED = 32


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The bytes that one checkpoint takes.

    Parameters
    ----------
    scores, kept : int
        Of its scores [targets, train], and of what is kept of the training examples.
    working : int
        Of all that is held while it is attributed, about.
    """

    scores: int
    kept: int
    working: int


def cost_of(method: Method, subject: Subject, axis: int) -> Cost:
    """Return the cost of one checkpoint.

    Parameters
    ----------
    method : Method
    subject : Subject
    axis : int
        Length of the train axis.
    """
    single, double, train = 4, 8, len(subject.train)
    width = method.width(subject.network(subject.module))
    scores, kept = (single * axis * other for other in (len(subject.targets), width))
    solved = min(train, width)
    gradients = single * train * width if train <= width else 0
    # Sums, solution and its transpose; the matrix solved, and its factor in double precision.
    working = scores + 3 * kept + (single + 2 * double) * solved**2 + gradients
    return Cost(scores=scores, kept=kept, working=working)


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
    device = find_device(algorithm.device)
    subject = Subject.of(algorithm, (train, targets), device)

    def seconds(examples: int) -> float:
        few = [part.take(np.arange(min(examples, len(part)))) for part in (train, targets)]
        started = time.perf_counter()
        _try(Subject.of(algorithm, few, device), method, device)
        return time.perf_counter() - started

    seconds(TRIED)  # the first pays for what happens once
    short, long = seconds(TRIED), seconds(2 * TRIED)
    rest = max(0, len(train) + len(targets) - 4 * TRIED)
    each = max(0.0, long - short) / (2 * TRIED)
    return cost_of(method, subject, axis), long + each * rest


def _try(subject: Subject, method: Method, device: torch.device) -> None:
    state = {name: torch.clone(value) for name, value in subject.module.state_dict().items()}
    with one_thread():
        Scoring(
            subject=subject,
            method=method,
            output=subject.output(None),
            groups=None,
            device=device,
            seed=0,
            pieces=MemoryStore(),
            advance=lambda amount=1: None,
        ).run([state])
