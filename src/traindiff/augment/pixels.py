"""Augmentations that change what pixels, or any numbers, hold."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from traindiff.augment.base import need_image
from traindiff.errors import InputError, at_least, whole

__all__ = ["RandomCutout", "RandomNoise"]


@dataclass(frozen=True, kw_only=True)
class RandomNoise:
    """Add Gaussian noise of standard deviation ``sd``, in units of the prepared inputs."""

    sd: float = 0.1

    name = "noise"

    def __post_init__(self) -> None:
        at_least("noise.sd", self.sd, 0)

    def check(self, input_shape: Sequence[int]) -> None:
        """Any numbers can be noisy."""

    def n_draws(self, input_shape: Sequence[int]) -> int:
        return math.prod(input_shape)

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        # The clamp keeps the quantile finite at 0, the one uniform number that would give -inf.
        normal: Tensor = torch.special.ndtri(draws.clamp(min=2**-25))
        return batch + self.sd * normal.reshape(batch.shape)


@dataclass(frozen=True, kw_only=True)
class RandomCutout:
    """Set a square of ``size`` pixels at a random place to zero."""

    size: int = 4

    name = "cutout"

    def __post_init__(self) -> None:
        whole("cutout.size", self.size)

    def check(self, input_shape: Sequence[int]) -> None:
        need_image(self.name, input_shape)
        if self.size > min(input_shape[1:]):
            raise InputError(
                f"cutout.size must fit the image's side {min(input_shape[1:])}, found {self.size}."
            )

    def n_draws(self, input_shape: Sequence[int]) -> int:
        return 2

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        inside_y = self._inside(batch.shape[2], draws[:, 0])
        inside_x = self._inside(batch.shape[3], draws[:, 1])
        hole = inside_y[:, None, :, None] & inside_x[:, None, None, :]
        return batch.masked_fill(hole, 0.0)

    def _inside(self, length: int, draws: Tensor) -> Tensor:
        places = length - self.size + 1
        first = (draws * places).long().clamp_(max=places - 1)[:, None]
        pixels = torch.arange(length, device=draws.device)
        return (pixels >= first) & (pixels < first + self.size)
