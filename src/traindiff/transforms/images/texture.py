"""Image transformations of surface and surroundings: texture, pasted object, background."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from traindiff.datasets import Dataset, Modality
from traindiff.errors import InputError
from traindiff.seeding import stream
from traindiff.transforms.images.patterns import PATTERNS
from traindiff.transforms.images.picture import Content, Picture
from traindiff.transforms.images.pixels import Box, blend, region, to_channels
from traindiff.transforms.parameters import Colour, Length, Position, Seed, Share, among, itself

__all__ = ["Background", "Paste", "Texture"]

_CANVAS = 2
"""A drawn texture is this many times as wide and high as the images, so that crops differ."""


@dataclass(frozen=True, kw_only=True)
class Texture:
    """Add a random crop of a texture to every image and clip, as the paper does (METHOD §6).

    Give a ``pattern`` whose motif is ``period`` pixels wide, or a ``picture``; it is repeated where
    it is smaller than the images. ``strength`` multiplies the texture (the paper's delta). The
    placebo adds a random image of the data in its place.
    """

    kind: ClassVar[str] = "texture"
    modality: ClassVar[Modality] = "image"
    pattern: Annotated[str, among(PATTERNS)] = "dots"
    period: Length = 6
    picture: Content | None = None
    seed: Seed = 0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return textured images."""
        high, wide = inputs.shape[-2:]
        canvas = to_channels(self._canvas(wide, high), inputs.shape[1])
        reach = np.array(canvas.shape[1:]) - (high, wide) + 1
        corners = stream(self.seed, "texture").integers(reach, size=(len(inputs), 2))
        crops = np.stack([canvas[:, y : y + high, x : x + wide] for y, x in corners])
        return blend(inputs, inputs + crops, strength)

    def _canvas(self, wide: int, high: int) -> np.ndarray:
        if self.picture is None:
            return PATTERNS[self.pattern](_CANVAS * wide, _CANVAS * high, self.period)[None]
        values = self.picture.values
        repeats = (1, -(-high // values.shape[1]), -(-wide // values.shape[2]))
        return np.tile(values, repeats)

    def placebo(self, data: Dataset, seed: int) -> "Texture":
        """Return a random image of the data as the texture."""
        example = data.inputs[stream(seed, "placebo").integers(len(data))]
        return replace(self, picture=Picture.from_array(example), seed=seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        name = "a picture" if self.picture else self.pattern
        return f"texture of {name} added at {strength:.0%}"


@dataclass(frozen=True, kw_only=True)
class Paste:
    """Paste an object, with its transparency, at a place or, without ``x`` and ``y``, anywhere.

    ``strength`` is its opacity. The placebo pastes a random image of the data, of the same size.
    """

    kind: ClassVar[str] = "paste"
    modality: ClassVar[Modality] = "image"
    picture: Content
    x: Position | None = None
    y: Position | None = None
    seed: Seed = 0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images with the object."""
        wide, high = self.picture.size
        content = to_channels(self.picture.values, inputs.shape[1])
        pasted = inputs.copy()
        for i, (x, y) in enumerate(self._places(inputs)):
            place = (i, *region(self.kind, inputs, Box(x, y, wide, high)))
            pasted[place] = blend(inputs[place], content, strength * self.picture.alpha)
        return pasted

    def _places(self, inputs: np.ndarray) -> list[tuple[int, int]]:
        random = stream(self.seed, "paste")
        free = np.subtract(inputs.shape[:1:-1], self.picture.size, dtype=np.int64)
        if (free < 0).any():
            raise InputError(
                f"paste: the object of {self.picture.size[0]}x{self.picture.size[1]} pixels is "
                f"larger than the images of {inputs.shape[3]}x{inputs.shape[2]}; scale it down."
            )
        anywhere = random.integers(free + 1, size=(len(inputs), 2))
        return [
            (int(x) if self.x is None else self.x, int(y) if self.y is None else self.y)
            for x, y in anywhere
        ]

    def placebo(self, data: Dataset, seed: int) -> "Paste":
        """Return a random image of the data, scaled to the object's size and cut to its shape."""
        example = data.inputs[stream(seed, "placebo").integers(len(data))]
        scaled = Picture.from_array(example).resized(*self.picture.size)
        return replace(self, picture=Picture.from_array(scaled.values, self.picture.alpha))

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        wide, high = self.picture.size
        placed = self.x is not None and self.y is not None
        where = f"at x={self.x}, y={self.y}" if placed else "at a random place"
        return f"object of {wide}x{high} pixels pasted {where}, {strength:.0%} opaque"


@dataclass(frozen=True, kw_only=True)
class Background:
    """Replace the background: pixels whose colour is close to that of the image's border.

    Close means that no channel differs by more than ``threshold`` from the border's mean. The new
    background is ``picture``, scaled to the images, or the colour ``value``. ``strength`` is its
    opacity. The placebo is a random image of the data.
    """

    kind: ClassVar[str] = "background"
    modality: ClassVar[Modality] = "image"
    picture: Content | None = None
    value: Colour = 1.0
    threshold: Share = 0.1

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images on the new background."""
        high, wide = inputs.shape[-2:]
        if self.picture is None:
            new = np.atleast_1d(self.value)[:, None, None]
        else:
            new = self.picture.resized(wide, high).values
        return blend(
            inputs, to_channels(new, inputs.shape[1]), strength * self.mask(inputs)[:, None]
        )

    def mask(self, inputs: np.ndarray) -> np.ndarray:
        """Return which pixels are background, bool [examples, height, width]."""
        border = np.concatenate(
            [inputs[:, :, 0], inputs[:, :, -1], inputs[:, :, :, 0], inputs[:, :, :, -1]], axis=2
        ).mean(axis=2)
        distance = np.abs(inputs - border[:, :, None, None]).max(axis=1)
        return np.asarray(distance <= self.threshold)

    def placebo(self, data: Dataset, seed: int) -> "Background":
        """Return a random image of the data as the background."""
        example = data.inputs[stream(seed, "placebo").integers(len(data))]
        return replace(self, picture=Picture.from_array(example))

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"background replaced, {strength:.0%} opaque"
