"""Augmentations that move pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from traindiff.augment.base import need_image
from traindiff.errors import InputError, between, positive, whole

__all__ = ["RandomFlip", "RandomResizedCrop", "RandomRotation", "RandomShift"]


@dataclass(frozen=True, kw_only=True)
class RandomFlip:
    """Mirror an image left to right (or top to bottom) with a given probability."""

    probability: float = 0.5
    vertical: bool = False

    name = "flip"

    def __post_init__(self) -> None:
        between("flip.probability", self.probability, 0, 1)

    def check(self, input_shape: Sequence[int]) -> None:
        need_image(self.name, input_shape)

    def n_draws(self, input_shape: Sequence[int]) -> int:
        return 1

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        chosen = (draws[:, 0] < self.probability)[:, None, None, None]
        return torch.where(chosen, batch.flip(-2 if self.vertical else -1), batch)


@dataclass(frozen=True, kw_only=True)
class RandomShift:
    """Move an image by up to ``pixels`` along each axis; zeros come in (a padded random crop)."""

    pixels: int = 2

    name = "shift"

    def __post_init__(self) -> None:
        whole("shift.pixels", self.pixels)

    def check(self, input_shape: Sequence[int]) -> None:
        need_image(self.name, input_shape)
        if self.pixels >= min(input_shape[1:]):
            raise InputError(
                f"shift.pixels must be less than the image's side {min(input_shape[1:])}, "
                f"found {self.pixels}."
            )

    def n_draws(self, input_shape: Sequence[int]) -> int:
        return 2

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        reach = 2 * self.pixels + 1
        offsets = (draws * reach).long().clamp_(max=reach - 1)
        padded = functional.pad(batch, (self.pixels,) * 4)
        windows = padded.unfold(2, batch.shape[2], 1).unfold(3, batch.shape[3], 1)
        examples = torch.arange(len(batch), device=batch.device)
        return windows[examples, :, offsets[:, 0], offsets[:, 1]]


@dataclass(frozen=True, kw_only=True)
class RandomResizedCrop:
    """Cut a random square-ish part of the image and resize it to the whole (bilinear).

    Parameters
    ----------
    scale : (float, float)
        Least and largest share of the image's area that is kept.
    ratio : float
        The part's aspect ratio is log-uniform in [1/ratio, ratio].
    """

    scale: tuple[float, float] = (0.5, 1.0)
    ratio: float = 4 / 3

    name = "crop"

    def __post_init__(self) -> None:
        if not isinstance(self.scale, list | tuple) or len(self.scale) != 2:
            raise InputError(
                f"crop.scale must be the least and the largest share of the area, found "
                f"{self.scale!r}."
            )
        object.__setattr__(self, "scale", tuple(self.scale))
        between("crop.scale: the largest share", self.scale[1], 0, 1)
        between("crop.scale: the least share", self.scale[0], 0, self.scale[1])
        positive("crop.scale: the least share", self.scale[0])
        between("crop.ratio", self.ratio, 1, 10)

    def check(self, input_shape: Sequence[int]) -> None:
        need_image(self.name, input_shape)

    def n_draws(self, input_shape: Sequence[int]) -> int:
        return 4

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        low, high = self.scale
        side = (low + (high - low) * draws[:, 0]).sqrt()
        stretch = torch.exp((draws[:, 1] - 0.5) * math.log(self.ratio))
        height, width = (side * stretch).clamp(max=1), (side / stretch).clamp(max=1)
        middle_y = (1 - height) * (2 * draws[:, 2] - 1)
        middle_x = (1 - width) * (2 * draws[:, 3] - 1)
        zero = torch.zeros_like(width)
        rows = [torch.stack(row, -1) for row in ((width, zero, middle_x), (zero, height, middle_y))]
        return _resample(batch, torch.stack(rows, 1), padding="border")


@dataclass(frozen=True, kw_only=True)
class RandomRotation:
    """Turn an image about its middle by up to ``degrees`` either way (bilinear, zeros outside)."""

    degrees: float = 15.0

    name = "rotate"

    def __post_init__(self) -> None:
        between("rotate.degrees", self.degrees, 0, 180)

    def check(self, input_shape: Sequence[int]) -> None:
        need_image(self.name, input_shape)

    def n_draws(self, input_shape: Sequence[int]) -> int:
        return 1

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        angle = (2 * draws[:, 0] - 1) * math.radians(self.degrees)
        cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
        # Grid coordinates run from -1 to 1 on both axes, so a rotation needs the image's aspect.
        aspect = batch.shape[2] / batch.shape[3]
        rows = [
            torch.stack(row, -1) for row in ((cos, -sin * aspect, zero), (sin / aspect, cos, zero))
        ]
        return _resample(batch, torch.stack(rows, 1), padding="zeros")


def _resample(batch: Tensor, affine: Tensor, *, padding: str) -> Tensor:
    grid = functional.affine_grid(affine, list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, padding_mode=padding, align_corners=False)
