"""Image transformations that move pixels: flip, shift, rotate."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
from scipy.ndimage import rotate

from traindiff.datasets import Dataset, Modality
from traindiff.errors import InputError
from traindiff.seeding import stream
from traindiff.transforms.images.pixels import blend
from traindiff.transforms.parameters import Number, Share, among, itself, within

__all__ = ["Flip", "Rotate", "Shift"]

_AXES = {"horizontal": 3, "vertical": 2}


@dataclass(frozen=True, kw_only=True)
class Flip:
    """Mirror the image; ``horizontal`` swaps left and right.

    ``strength`` blends from the image (0) to its mirror image (1). The placebo is the other flip.
    """

    kind: ClassVar[str] = "flip"
    modality: ClassVar[Modality] = "image"
    axis: Annotated[str, among(_AXES)] = "horizontal"

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return mirrored images."""
        return blend(inputs, np.flip(inputs, axis=_AXES[self.axis]), strength)

    def placebo(self, data: Dataset, seed: int) -> "Flip":
        """Return the flip about the other axis."""
        other = {"horizontal": "vertical", "vertical": "horizontal"}[self.axis]
        return replace(self, axis=other)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        part = "" if strength == 1 else f", {strength:.0%} blended in"
        return f"{self.axis} flip{part}"


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Move the image by ``dx`` pixels to the right and ``dy`` down; what enters is ``fill``.

    ``strength`` is the share of the way; fractions of a pixel are interpolated. The placebo is a
    shift by the same distance in a random direction.
    """

    kind: ClassVar[str] = "shift"
    modality: ClassVar[Modality] = "image"
    dx: Annotated[Number, within(-1000, 1000)] = 0
    dy: Annotated[Number, within(-1000, 1000)] = 0
    fill: Share = 0.0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return moved images."""
        high, wide = inputs.shape[-2:]
        if abs(self.dx) >= wide or abs(self.dy) >= high:
            raise InputError(
                f"shift: dx={self.dx:g}, dy={self.dy:g} move the whole image of {wide}x{high} "
                "out of sight."
            )
        moved = _moved(inputs, strength * self.dx, 3, self.fill)
        return _moved(moved, strength * self.dy, 2, self.fill)

    def placebo(self, data: Dataset, seed: int) -> "Shift":
        """Return a shift by the same distance in a random direction."""
        angle = stream(seed, "placebo").uniform(0, 2 * np.pi)
        longest = min(data.inputs.shape[-2:]) - 1
        distance = min(float(np.hypot(self.dx, self.dy)), longest)
        return replace(self, dx=distance * np.cos(angle), dy=distance * np.sin(angle))

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        steps = [
            f"{abs(strength * amount):.2g} px {words[amount > 0]}"
            for amount, words in ((self.dx, ("left", "right")), (self.dy, ("up", "down")))
            if amount
        ]
        return "shift by " + (" and ".join(steps) or "0 px")


@dataclass(frozen=True, kw_only=True)
class Rotate:
    """Turn the image about its centre, counter-clockwise; what enters is ``fill``.

    ``strength`` multiplies ``degrees``. The placebo turns as far in a random sense.
    """

    kind: ClassVar[str] = "rotate"
    modality: ClassVar[Modality] = "image"
    degrees: Annotated[Number, within(-180, 180)] = 15.0
    fill: Share = 0.0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return turned images."""
        if strength * self.degrees == 0:
            return inputs.copy()
        turned = rotate(
            inputs,
            strength * self.degrees,
            axes=(2, 3),
            reshape=False,
            order=1,
            mode="constant",
            cval=self.fill,
        )
        return blend(inputs, turned, 1.0)

    def placebo(self, data: Dataset, seed: int) -> "Rotate":
        """Return a turn of the same size in a random sense."""
        return replace(self, degrees=self.degrees * stream(seed, "placebo").choice([-1, 1]))

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        sense = "left" if self.degrees > 0 else "right"
        return f"turn by {abs(strength * self.degrees):.3g} degrees to the {sense}"


def _moved(images: np.ndarray, amount: float, axis: int, fill: float) -> np.ndarray:
    """Return images moved along one axis, linearly interpolated between whole pixels."""
    whole = int(np.floor(amount))
    near = _rolled(images, whole, axis, fill)
    if amount == whole:
        return near
    return blend(near, _rolled(images, whole + 1, axis, fill), amount - whole)


def _rolled(images: np.ndarray, steps: int, axis: int, fill: float) -> np.ndarray:
    rolled = np.roll(images, steps, axis=axis)
    entered = slice(0, steps) if steps >= 0 else slice(steps, None)
    index = [slice(None)] * images.ndim
    index[axis] = entered
    rolled[tuple(index)] = fill
    return rolled
