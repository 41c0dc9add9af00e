"""Image transformations of colour and brightness."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from traindiff.datasets import Dataset, Modality
from traindiff.seeding import stream
from traindiff.transforms.images.filters import Noise, equal_noise
from traindiff.transforms.images.pixels import blend, to_channels
from traindiff.transforms.parameters import Colour, Number, itself, within

__all__ = ["Brightness", "Contrast", "Greyscale", "Tint"]


@dataclass(frozen=True, kw_only=True)
class Tint:
    """Multiply every channel by the colour's level: light through coloured glass.

    ``strength`` blends from the image (0) to the tinted one (1). The placebo is a random colour.
    """

    kind: ClassVar[str] = "tint"
    modality: ClassVar[Modality] = "image"
    colour: Colour = (1.0, 1.0, 0.0)

    bind = itself

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
    amount: Annotated[Number, within(-1, 1)] = 0.2

    bind = itself

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
    factor: Annotated[Number, within(0, 10)] = 0.5

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images of another contrast."""
        mean = inputs.mean(axis=(1, 2, 3), keepdims=True)
        return blend(inputs, mean + np.float32(self.factor) * (inputs - mean), strength)

    def placebo(self, data: Dataset, seed: int) -> Noise:
        """Return noise that changes pixels as much."""
        return equal_noise(self.apply, data, seed)

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

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images without their colours."""
        return blend(inputs, inputs.mean(axis=1, keepdims=True), strength)

    def placebo(self, data: Dataset, seed: int) -> Noise:
        """Return noise that changes pixels as much."""
        return equal_noise(self.apply, data, seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return "colours removed" if strength == 1 else f"{strength:.0%} of the colour removed"
