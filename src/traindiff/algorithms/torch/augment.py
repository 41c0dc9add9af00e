"""Augmentation of many models' batches at once.

An augmentation is a pure function of a batch and of uniform numbers in [0, 1), a fixed count for
each example. So the models' own random streams are drawn outside, and one call serves all models.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional

from traindiff.errors import InputError

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "Crop",
    "Cutout",
    "Flip",
    "Noise",
    "Rotate",
    "Shift",
]


@runtime_checkable
class Augmentation(Protocol):
    """A random change of training examples, drawn anew for each example at each step."""

    @property
    def name(self) -> str:
        """What a study file calls it; also names its random stream."""
        ...

    def check(self, input_shape: Sequence[int]) -> None:
        """Raise `InputError` when examples of this shape can't be augmented so."""
        ...

    def n_draws(self, input_shape: Sequence[int]) -> int:
        """Return how many uniform numbers one example takes."""
        ...

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        """Return the changed batch.

        Parameters
        ----------
        batch : tensor, shape [examples, ...]
            Examples of all models, one after another; images are [examples, channels, height,
            width].
        draws : tensor, shape [examples, n_draws]
            Uniform in [0, 1).
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Flip:
    """Mirror an image left to right (or top to bottom) with a given probability."""

    probability: float = 0.5
    vertical: bool = False

    name = "flip"

    def __post_init__(self) -> None:
        _within("flip.probability", self.probability, 0, 1)

    def check(self, input_shape: Sequence[int]) -> None:
        _need_image(self.name, input_shape)

    def n_draws(self, input_shape: Sequence[int]) -> int:
        return 1

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        chosen = (draws[:, 0] < self.probability)[:, None, None, None]
        return torch.where(chosen, batch.flip(-2 if self.vertical else -1), batch)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Move an image by up to ``pixels`` along each axis; zeros come in (a padded random crop)."""

    pixels: int = 2

    name = "shift"

    def __post_init__(self) -> None:
        if not isinstance(self.pixels, int) or self.pixels < 1:
            raise InputError(f"shift.pixels must be a positive integer, found {self.pixels!r}.")

    def check(self, input_shape: Sequence[int]) -> None:
        _need_image(self.name, input_shape)
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
class Crop:
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
        object.__setattr__(self, "scale", tuple(self.scale))
        if len(self.scale) != 2 or not 0 < self.scale[0] <= self.scale[1] <= 1:
            raise InputError(
                f"crop.scale must be (least, largest) share of the area in (0, 1], "
                f"found {self.scale}."
            )
        _within("crop.ratio", self.ratio, 1, 10)

    def check(self, input_shape: Sequence[int]) -> None:
        _need_image(self.name, input_shape)

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
class Rotate:
    """Turn an image about its middle by up to ``degrees`` either way (bilinear, zeros outside)."""

    degrees: float = 15.0

    name = "rotate"

    def __post_init__(self) -> None:
        _within("rotate.degrees", self.degrees, 0, 180)

    def check(self, input_shape: Sequence[int]) -> None:
        _need_image(self.name, input_shape)

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


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Add Gaussian noise of standard deviation ``sd``, in units of the prepared inputs."""

    sd: float = 0.1

    name = "noise"

    def __post_init__(self) -> None:
        _within("noise.sd", self.sd, 0, math.inf)

    def check(self, input_shape: Sequence[int]) -> None:
        """Any numbers can be noisy."""

    def n_draws(self, input_shape: Sequence[int]) -> int:
        return math.prod(input_shape)

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        # The clamp keeps the quantile finite at 0, the one uniform number that would give -inf.
        normal: Tensor = torch.special.ndtri(draws.clamp(min=2**-25))
        return batch + self.sd * normal.reshape(batch.shape)


@dataclass(frozen=True, kw_only=True)
class Cutout:
    """Set a square of ``size`` pixels at a random place to zero."""

    size: int = 4

    name = "cutout"

    def __post_init__(self) -> None:
        if not isinstance(self.size, int) or self.size < 1:
            raise InputError(f"cutout.size must be a positive integer, found {self.size!r}.")

    def check(self, input_shape: Sequence[int]) -> None:
        _need_image(self.name, input_shape)
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


AUGMENTATIONS: dict[str, type[Augmentation]] = {
    kind.name: kind for kind in (Flip, Shift, Crop, Rotate, Noise, Cutout)
}


def _resample(batch: Tensor, affine: Tensor, *, padding: str) -> Tensor:
    grid = functional.affine_grid(affine, list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, padding_mode=padding, align_corners=False)


def _need_image(name: str, input_shape: Sequence[int]) -> None:
    if len(input_shape) != 3:
        raise InputError(
            f"augmentation {name!r} needs images [channels, height, width], "
            f"found examples of shape {tuple(input_shape)}."
        )


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high or not math.isfinite(value):
        raise InputError(f"{name} must lie in [{low}, {high}], found {value!r}.")
