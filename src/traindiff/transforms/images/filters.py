"""Image transformations of detail: noise, blur, sharpen, frequency filters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from scipy.ndimage import gaussian_filter

from traindiff.datasets import Dataset, Modality
from traindiff.seeding import stream
from traindiff.transforms.images.pixels import blend
from traindiff.transforms.parameters import Number, Seed, Share, itself, within

__all__ = ["Blur", "HighPass", "LowPass", "Noise", "Sharpen", "equal_noise"]

_MEASURED = 200
"""Examples on which the size of a transformation's change is measured."""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Add independent normal noise to every pixel.

    ``strength`` multiplies ``sigma``, the noise's standard deviation in units of full brightness.
    """

    kind: ClassVar[str] = "noise"
    modality: ClassVar[Modality] = "image"
    sigma: Share = 0.1
    seed: Seed = 0

    bind = itself

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


@dataclass(frozen=True, kw_only=True)
class Blur:
    """Gaussian blur. ``strength`` multiplies ``sigma``, in pixels.

    The placebo is noise that changes pixels as much.
    """

    kind: ClassVar[str] = "blur"
    modality: ClassVar[Modality] = "image"
    sigma: Annotated[Number, within(0, 100)] = 1.0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return blurred images."""
        return blend(inputs, blurred(inputs, strength * self.sigma), 1.0)

    def placebo(self, data: Dataset, seed: int) -> Noise:
        """Return noise that changes pixels as much."""
        return equal_noise(self.apply, data, seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"blur of {strength * self.sigma:.2g} pixels"


@dataclass(frozen=True, kw_only=True)
class Sharpen:
    """Add ``amount`` times what a Gaussian blur of ``sigma`` pixels takes away.

    ``strength`` multiplies the amount. The placebo is noise that changes pixels as much.
    """

    kind: ClassVar[str] = "sharpen"
    modality: ClassVar[Modality] = "image"
    amount: Annotated[Number, within(0, 100)] = 1.0
    sigma: Annotated[Number, within(0, 100)] = 1.0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return sharpened images."""
        detail = inputs - blurred(inputs, self.sigma)
        return blend(inputs, inputs + np.float32(self.amount) * detail, strength)

    def placebo(self, data: Dataset, seed: int) -> Noise:
        """Return noise that changes pixels as much."""
        return equal_noise(self.apply, data, seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"sharpened x{strength * self.amount:.2g} at {self.sigma:.2g} pixels"


@dataclass(frozen=True, kw_only=True)
class LowPass:
    """Keep only patterns of at most ``cutoff`` cycles across the image.

    ``strength`` blends from the image (0) to the filtered one (1). The placebo is noise that
    changes pixels as much.
    """

    kind: ClassVar[str] = "lowpass"
    modality: ClassVar[Modality] = "image"
    cutoff: Annotated[Number, within(0, 10_000)] = 4.0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images without fine patterns."""
        return blend(inputs, _slow(inputs, self.cutoff), strength)

    def placebo(self, data: Dataset, seed: int) -> Noise:
        """Return noise that changes pixels as much."""
        return equal_noise(self.apply, data, seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"patterns above {self.cutoff:.3g} cycles an image removed{_part(strength)}"


@dataclass(frozen=True, kw_only=True)
class HighPass:
    """Keep only patterns of more than ``cutoff`` cycles across the image, and its mean colour.

    ``strength`` blends from the image (0) to the filtered one (1). The placebo is noise that
    changes pixels as much.
    """

    kind: ClassVar[str] = "highpass"
    modality: ClassVar[Modality] = "image"
    cutoff: Annotated[Number, within(0, 10_000)] = 2.0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images without coarse patterns."""
        mean = inputs.mean(axis=(2, 3), keepdims=True)
        return blend(inputs, inputs - _slow(inputs, self.cutoff) + mean, strength)

    def placebo(self, data: Dataset, seed: int) -> Noise:
        """Return noise that changes pixels as much."""
        return equal_noise(self.apply, data, seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"patterns up to {self.cutoff:.3g} cycles an image removed{_part(strength)}"


def equal_noise(
    apply: Callable[[np.ndarray, float], np.ndarray], data: Dataset, seed: int
) -> Noise:
    """Return noise that changes pixels as much (root mean square) as ``apply`` does.

    The control for transformations that have no content to take at random, such as a blur.
    """
    some = data.inputs[:_MEASURED]
    moved = apply(some, 1.0).astype(np.float64) - some
    return Noise(sigma=min(float(np.sqrt((moved**2).mean())), 1.0), seed=seed)


def blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    """Return images smoothed over ``sigma`` pixels, edges continued."""
    return np.asarray(gaussian_filter(images, (0, 0, sigma, sigma), mode="nearest"))


def _slow(images: np.ndarray, cutoff: float) -> np.ndarray:
    """Return the part of the images that has at most ``cutoff`` cycles an image."""
    high, wide = images.shape[-2:]
    rows, columns = np.fft.fftfreq(high) * high, np.fft.rfftfreq(wide) * wide
    kept = np.hypot(rows[:, None], columns) <= cutoff
    return np.asarray(np.fft.irfft2(np.fft.rfft2(images) * kept, s=(high, wide)))


def _part(strength: float) -> str:
    return "" if strength == 1 else f" by {strength:.0%}"
