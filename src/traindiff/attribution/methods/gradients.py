"""Gradients compared: one step on a training example, and how it moves a target."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from traindiff.attribution.base import Kept, Task
from traindiff.attribution.closed_forms import (
    feature_size,
    slopes,
    target_features,
    train_features,
)
from traindiff.attribution.network import Network
from traindiff.errors import positive

__all__ = ["GradCos", "GradDot"]


@dataclass(frozen=True, kw_only=True)
class GradDot:
    """Inner product of the target's output gradient and the training example's descent direction.

    The score is ∇f(x)·(−∇loss(z)): how far one gradient step on z raises the output of x.

    Parameters
    ----------
    projection : int
        Number of features; gradients of more parameters are projected to so many.

    Raises
    ------
    InputError
        When it is not positive.

    References
    ----------
    .. [1] Pruthi, Liu, Sundararajan, Kale, "Estimating training data influence by tracing gradient
       descent", arXiv 2002.08484 (one checkpoint of it, at learning rate 1).
    """

    projection: int = 4096

    def __post_init__(self) -> None:
        """Refuse impossible settings."""
        positive("projection", self.projection)

    def describe(self) -> dict[str, Any]:
        """Return every setting."""
        return {"kind": "grad-dot", **asdict(self)}

    def width(self, network: Network) -> int:
        """Return the number of features."""
        return feature_size(network, self.projection)

    def keep(self, task: Task) -> Kept:
        """Return the summed descent directions of each place on the train axis."""
        return {"sums": _sums(task, self.projection, unit=False)}

    def score(self, task: Task, kept: Kept) -> Iterator[tuple[slice, Tensor]]:
        """Yield scores of consecutive blocks of targets."""
        sums = torch.from_numpy(kept["sums"]).to(task.network.device)
        for rows, features in target_features(task, self.projection):
            yield rows, features @ sums.T


@dataclass(frozen=True, kw_only=True)
class GradCos:
    """Cosine of the target's output gradient and the training example's descent direction.

    As `GradDot`, each gradient scaled to length 1; 0 where a gradient is 0.

    Parameters
    ----------
    projection : int
        As of `GradDot`.
    """

    projection: int = 4096

    def __post_init__(self) -> None:
        """Refuse impossible settings."""
        positive("projection", self.projection)

    def describe(self) -> dict[str, Any]:
        """Return every setting."""
        return {"kind": "grad-cos", **asdict(self)}

    def width(self, network: Network) -> int:
        """Return the number of features."""
        return feature_size(network, self.projection)

    def keep(self, task: Task) -> Kept:
        """Return the summed unit descent directions of each place on the train axis."""
        return {"sums": _sums(task, self.projection, unit=True)}

    def score(self, task: Task, kept: Kept) -> Iterator[tuple[slice, Tensor]]:
        """Yield scores of consecutive blocks of targets."""
        sums = torch.from_numpy(kept["sums"]).to(task.network.device)
        for rows, features in target_features(task, self.projection):
            yield rows, _unit(features) @ sums.T


def _sums(task: Task, projection: int, *, unit: bool) -> Any:
    device = task.network.device
    pulls = slopes(task, temperature=1.0)
    sums = torch.zeros(task.axis, feature_size(task.network, projection), device=device)
    for rows, features in train_features(task, projection):
        steps = features * pulls[rows, None]
        sums.index_add_(0, task.members[rows], _unit(steps) if unit else steps)
    return sums.cpu().numpy()


def _unit(rows: Tensor) -> Tensor:
    lengths = rows.norm(dim=1, keepdim=True)
    return torch.where(lengths > 0, rows / lengths, 0.0)
