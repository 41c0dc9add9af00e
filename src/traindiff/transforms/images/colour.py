"""Image transformations of colour and brightness."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from traindiff.datasets import Dataset, Modality
from traindiff.seeding import stream
from traindiff.transforms import parameters
from traindiff.transforms.images.blending import Noise, blend, equal_noise
from traindiff.transforms.images.picture import to_channels

__all__ = ["Brightness", "Contrast", "Greyscale", "Tint"]


@dataclass(frozen=True, kw_only=True)
class Tint:
    """Multiply every channel by the colour's level: light through coloured glass.

    ``strength`` blends from the image (0) to the tinted one (1). The placebo is a random colour.
    """

    kind: ClassVar[str] = "tint"
    modality: ClassVar[Modality] = "image"
    colour: float | tuple[float, ...] = parameters.colour((1.0, 1.0, 0.0))

    bind = parameters.bind

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return tinted images."""
        level = to_channels(np.atleast_1d(self.colour)[:, None, None], inputs.shape[1])
        return blend(inputs, inputs * level, strength)

    def placebo(self, data: Dataset, seed: int) -> "Tint":
        """Return a tint of a random colour."""
        levels = stream(seed, "placebo").random(size=(data.inputs.shape[1],))
        return replace(self, colour=tuple(map(float, levels)))

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        levels = np.atleast_1d(np.asarray(self.colour))
        names = ", ".join(f"{level:.2g}" for level in levels)
        return f"tint of colour ({names}) at {strength:.0%}"


@dataclass(frozen=True, kw_only=True)
class Brightness:
    """Add ``amount`` (in units of full brightness) to every pixel.

    ``strength`` multiplies the amount. The placebo is the opposite change.
    """

    kind: ClassVar[str] = "brightness"
    modality: ClassVar[Modality] = "image"
    amount: float = parameters.number(0.2, low=-1, high=1)

    bind = parameters.bind

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return brighter (or darker) images."""
        return blend(inputs, inputs + np.float32(self.amount), strength)

    def placebo(self, data: Dataset, seed: int) -> "Brightness":
        """Return the opposite change."""
        return replace(self, amount=-self.amount)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        word = "brighter" if self.amount >= 0 else "darker"
        return f"{word} by {abs(strength * self.amount):.0%}"


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Multiply each image's differences from its own mean by ``factor``.

    ``strength`` blends from the image (0) to the changed one (1). The placebo is noise that changes
    pixels as much.
    """

    kind: ClassVar[str] = "contrast"
    modality: ClassVar[Modality] = "image"
    factor: float = parameters.number(0.5, low=0, high=10)

    bind = parameters.bind

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images of another contrast."""
        mean = inputs.mean(axis=(1, 2, 3), keepdims=True)
        return blend(inputs, mean + np.float32(self.factor) * (inputs - mean), strength)

    def placebo(self, data: Dataset, seed: int) -> Noise:
        """Return noise that changes pixels as much."""
        return equal_noise(self, data, seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"contrast x{1 + strength * (self.factor - 1):.2g}"


@dataclass(frozen=True, kw_only=True)
class Greyscale:
    """Replace the colours of each pixel by their mean. Grey images stay as they are.

    ``strength`` blends from colour (0) to grey (1). The placebo is noise that changes pixels as
    much.
    """

    kind: ClassVar[str] = "greyscale"
    modality: ClassVar[Modality] = "image"

    bind = parameters.bind

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images without their colours."""
        return blend(inputs, inputs.mean(axis=1, keepdims=True), strength)

    def placebo(self, data: Dataset, seed: int) -> Noise:
        """Return noise that changes pixels as much."""
        return equal_noise(self, data, seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return "colours removed" if strength == 1 else f"{strength:.0%} of the colour removed"
