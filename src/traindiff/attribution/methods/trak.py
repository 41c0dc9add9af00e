"""TRAK: the network as a linear model in its gradients, solved in closed form [TRAK]."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from traindiff.attribution.base import Kept, Task
from traindiff.attribution.closed_forms import (
    feature_size,
    slopes,
    solved,
    target_features,
    train_features,
)
from traindiff.attribution.network import Network
from traindiff.errors import positive

__all__ = ["Trak"]


@dataclass(frozen=True, kw_only=True)
class Trak:
    """Tracing with the randomly projected after kernel [TRAK].

    With φ the projected gradient of the output, Φ those of all training examples [train, features]
    and Q the slope of each one's loss, the score of training example z for target x is

        φ(x)ᵀ (ΦᵀΦ + λI)⁻¹ φ(z) Q(z),    λ = ridge × mean ‖φ(z)‖².

    The paper has ridge = 0 and temperature = 1. Both defaults are better on retrained models
    (`benchmarks/attribution.py`); without a ridge, ΦᵀΦ is singular wherever features outnumber
    training examples.

    Parameters
    ----------
    projection : int
        Number of features; gradients of more parameters are projected to so many.
    ridge : float
        1 halves the pull of an example whose gradient is unlike all others'.
    temperature : float, optional
        See `traindiff.attribution.closed_forms.slopes`; by default the mean margin.

    Raises
    ------
    InputError
        When a setting is not positive.

    References
    ----------
    .. [TRAK] Park, Georgiev, Ilyas, Leclerc, Madry, "TRAK: Attributing Model Behavior at Scale",
       arXiv 2303.14186, section 3.
    """

    projection: int = 4096
    ridge: float = 1.0
    temperature: float | None = None

    def __post_init__(self) -> None:
        """Refuse impossible settings."""
        positive("projection", self.projection)
        positive("ridge", self.ridge)
        positive("temperature", 1.0 if self.temperature is None else self.temperature)

    def describe(self) -> dict[str, Any]:
        """Return every setting."""
        return {"kind": "trak", **asdict(self)}

    def width(self, network: Network) -> int:
        """Return the number of features."""
        return feature_size(network, self.projection)

    def keep(self, task: Task) -> Kept:
        """Return (ΦᵀΦ + λI)⁻¹ Φᵀ Q, summed over groups: [train axis, features]."""
        pulls = slopes(task, self.temperature)
        if len(task.train) <= feature_size(task.network, self.projection):
            return {"solved": self._from_examples(task, pulls)}
        return {"solved": self._from_features(task, pulls)}

    def score(self, task: Task, kept: Kept) -> Iterator[tuple[slice, Tensor]]:
        """Yield scores of consecutive blocks of targets."""
        right = torch.from_numpy(kept["solved"]).to(task.network.device)
        for rows, features in target_features(task, self.projection):
            yield rows, features @ right.T

    def _from_examples(self, task: Task, pulls: Tensor) -> np.ndarray:
        """Solve where examples are fewer: (ΦᵀΦ + λI)⁻¹Φᵀ = Φᵀ(ΦΦᵀ + λI)⁻¹."""
        features = torch.cat([block for _, block in train_features(task, self.projection)])
        wanted = torch.zeros(len(features), task.axis, device=features.device)
        wanted[torch.arange(len(features)), task.members] = pulls
        solution = solved(features @ features.T, self.ridge, len(features), wanted)
        return np.asarray((solution.to(features).T @ features).cpu().numpy())

    def _from_features(self, task: Task, pulls: Tensor) -> np.ndarray:
        """Solve where features are fewer; the examples pass by once."""
        size = feature_size(task.network, self.projection)
        gram = torch.zeros(size, size, device=pulls.device)
        sums = torch.zeros(task.axis, size, device=pulls.device)
        for rows, features in train_features(task, self.projection):
            gram += features.T @ features
            sums.index_add_(0, task.members[rows], features * pulls[rows, None])
        solution = solved(gram, self.ridge, len(task.train), sums.T)
        return np.ascontiguousarray(solution.T.numpy())
