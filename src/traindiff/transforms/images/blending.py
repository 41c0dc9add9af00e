"""What image transformations share: regions, blending, and controls without structure."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from traindiff.datasets import Dataset, Modality
from traindiff.errors import InputError
from traindiff.seeding import stream
from traindiff.transforms import parameters
from traindiff.transforms.base import Change
from traindiff.transforms.images.picture import to_channels

__all__ = ["Noise", "blend", "equal_noise", "paint", "region"]

_MEASURED = 200
"""Examples on which the size of a transformation's change is measured."""


def blend(inputs: np.ndarray, changed: np.ndarray, amount: float | np.ndarray) -> np.ndarray:
    """Return inputs + amount·(changed − inputs) in [0, 1], in the inputs' dtype."""
    mixed = np.clip(inputs + np.float32(amount) * (changed - inputs), 0, 1)
    return np.asarray(mixed, dtype=inputs.dtype)


def region(kind: str, inputs: np.ndarray, x: int, y: int, width: int, height: int) -> Any:
    """Return the index of a rectangle of every image; x runs right, y down, from the top left.

    Raises
    ------
    InputError
        When the rectangle leaves the images.
    """
    high, wide = inputs.shape[-2:]
    if x + width > wide or y + height > high:
        raise InputError(
            f"{kind}: {width}x{height} pixels at x={x}, y={y} leave the image of {wide}x{high}: "
            f"x + width may be at most {wide}, y + height at most {high}."
        )
    return (..., slice(y, y + height), slice(x, x + width))


def paint(
    inputs: np.ndarray, place: Any, content: np.ndarray, amount: float | np.ndarray
) -> np.ndarray:
    """Return images with ``content`` [channels, height, width] blended in at ``place``."""
    painted = inputs.copy()
    painted[place] = blend(inputs[place], to_channels(content, inputs.shape[1]), amount)
    return painted


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Add independent normal noise to every pixel.

    ``strength`` multiplies ``sigma``, the noise's standard deviation in units of full brightness.
    """

    kind: ClassVar[str] = "noise"
    modality: ClassVar[Modality] = "image"
    sigma: float = parameters.number(0.1, low=0, high=1)
    seed: int = parameters.whole(0, low=0, high=2**63)

    bind = parameters.bind

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return noisy images."""
        noise = stream(self.seed, "noise").standard_normal(inputs.shape, dtype=np.float32)
        return blend(inputs, inputs + np.float32(self.sigma) * noise, strength)

    def placebo(self, data: Dataset, seed: int) -> "Noise":
        """Return other noise of the same size."""
        return Noise(sigma=self.sigma, seed=seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"noise of sd {self.sigma * strength:.2g} on every pixel"


def equal_noise(change: Change, data: Dataset, seed: int) -> Noise:
    """Return noise that changes pixels as much (root mean square) as ``change`` does.

    The control for transformations that have no content to take at random, such as a blur.
    """
    some = data.inputs[:_MEASURED]
    moved = change.apply(some, 1.0).astype(np.float64) - some
    return Noise(sigma=min(float(np.sqrt((moved**2).mean())), 1.0), seed=seed)
