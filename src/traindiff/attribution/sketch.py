"""Random projection of gradients, cheap enough for a CPU.

A count sketch with buckets of equal size: coordinates are shuffled, given random signs, and summed
in rounds of ``size``. Inner products keep their mean, and their variance is no larger than that of
a dense Gaussian projection of the same size, at a cost of one addition a coordinate instead of
``size`` multiplications. No matrix is kept.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from traindiff import seeding

__all__ = ["Sketch"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sketch:
    """A random linear map from gradients [examples, parameters] to [examples, size].

    Parameters
    ----------
    order : int tensor, shape [rounds × size]
        Which coordinate comes where; those beyond the last parameter are 0.
    signs : tensor of ±1, shape [parameters]
    size : int
    """

    order: Tensor
    signs: Tensor
    size: int

    @classmethod
    def draw(cls, parameters: int, size: int, device: torch.device, seed: int, name: str) -> Self:
        """Draw the sketch called ``name`` under ``seed``."""
        rng = seeding.stream(seed, "sketch", name, parameters, size)
        rounds = -(-parameters // size)
        order = torch.from_numpy(rng.permutation(rounds * size))
        signs = torch.from_numpy(rng.choice(np.array([-1, 1], np.float32), parameters))
        return cls(order=order.to(device), signs=signs.to(device), size=size)

    def __call__(self, gradients: Tensor) -> Tensor:
        """Return the sketches of gradients [examples, parameters]."""
        padding = len(self.order) - gradients.shape[1]
        padded = functional.pad(gradients * self.signs, (0, padding))
        shuffled = torch.index_select(padded, 1, self.order)
        return shuffled.view(len(gradients), -1, self.size).sum(dim=1)
