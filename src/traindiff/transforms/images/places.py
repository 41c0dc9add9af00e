"""Image transformations of one place: patch, rectangle, occlusion."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from traindiff.datasets import Dataset, Modality
from traindiff.errors import InputError
from traindiff.seeding import stream
from traindiff.transforms.images.patterns import PATTERNS
from traindiff.transforms.images.picture import Content, Picture
from traindiff.transforms.images.pixels import Box, blend, paint, region
from traindiff.transforms.parameters import Colour, Length, Position, among, itself

__all__ = ["Occlude", "Patch", "Rectangle", "place"]


@dataclass(frozen=True, kw_only=True)
class Patch:
    """Put a small picture, or a square of one colour or texture, at a fixed place (METHOD §6).

    Give ``picture``, or ``size`` with ``value`` or with a black-and-white ``pattern`` whose motif
    is ``period`` pixels wide. ``strength`` is the patch's opacity. The placebo is what stands at
    that place in a random image.
    """

    kind: ClassVar[str] = "patch"
    modality: ClassVar[Modality] = "image"
    x: Position = 0
    y: Position = 0
    size: Length | None = None
    value: Colour = 1.0
    picture: Content | None = None
    pattern: Annotated[str, among(PATTERNS)] | None = None
    period: Length = 2

    bind = itself

    def __post_init__(self) -> None:
        """Refuse a patch of no content."""
        if self.picture is None and self.size is None:
            raise InputError("patch: give its size in pixels, or a picture (file=...).")
        if self.picture is not None and self.pattern is not None:
            raise InputError("patch: give a picture or a pattern, not both.")

    @property
    def box(self) -> Box:
        """Where it is."""
        width, height = (1, 1) if self.picture is None else self.picture.size
        return Box(self.x, self.y, self.size or width, self.size or height)

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images with the patch."""
        inside = region(self.kind, inputs, self.box)
        if self.picture is None:
            return paint(inputs, inside, self._square(self.box.width), strength)
        content = self.picture if self.size is None else self.picture.resized(self.size, self.size)
        return paint(inputs, inside, content.values, strength * content.alpha)

    def _square(self, side: int) -> np.ndarray:
        if self.pattern is None:
            return np.atleast_1d(self.value)[:, None, None]
        return PATTERNS[self.pattern](side, side, self.period)[None]

    def placebo(self, data: Dataset, seed: int) -> "Patch":
        """Return a patch of the same place and size, taken from a random example."""
        example = data.inputs[stream(seed, "placebo").integers(len(data))]
        content = Picture.from_array(example[region(self.kind, data.inputs, self.box)])
        return replace(self, size=None, pattern=None, picture=content)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        x, y, width, height = self.box
        what = f"patch of {self.pattern or _colour(self.value)}"
        what = "patch" if self.picture else what
        return f"{what}, {width}x{height} pixels at x={x}, y={y}{_opacity(strength)}"


@dataclass(frozen=True, kw_only=True)
class Rectangle:
    """Fill a rectangle with one colour. ``strength`` is its opacity.

    The placebo is a rectangle of the same size and colour at a random place.
    """

    kind: ClassVar[str] = "rectangle"
    modality: ClassVar[Modality] = "image"
    x: Position = 0
    y: Position = 0
    width: Length
    height: Length
    value: Colour = 1.0

    bind = itself

    @property
    def box(self) -> Box:
        """Where it is."""
        return Box(self.x, self.y, self.width, self.height)

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images with the rectangle."""
        inside = region(self.kind, inputs, self.box)
        return paint(inputs, inside, np.atleast_1d(self.value)[:, None, None], strength)

    def placebo(self, data: Dataset, seed: int) -> "Rectangle":
        """Return the rectangle at a random place."""
        x, y = _random_place(data, self.width, self.height, seed)
        return replace(self, x=x, y=y)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        where = f"{self.width}x{self.height} pixels at x={self.x}, y={self.y}"
        return f"rectangle of {_colour(self.value)}, {where}{_opacity(strength)}"


@dataclass(frozen=True, kw_only=True)
class Occlude:
    """Hide a rectangle behind each image's own mean colour. ``strength`` is the cover's opacity.

    The placebo hides a rectangle of the same size at a random place.
    """

    kind: ClassVar[str] = "occlude"
    modality: ClassVar[Modality] = "image"
    x: Position = 0
    y: Position = 0
    width: Length
    height: Length

    bind = itself

    @property
    def box(self) -> Box:
        """Where it is."""
        return Box(self.x, self.y, self.width, self.height)

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return images whose rectangle is hidden."""
        inside = region(self.kind, inputs, self.box)
        hidden = inputs.copy()
        mean = inputs.mean(axis=(2, 3), keepdims=True)
        hidden[inside] = blend(inputs[inside], mean, strength)
        return hidden

    def placebo(self, data: Dataset, seed: int) -> "Occlude":
        """Return a cover of the same size at a random place."""
        x, y = _random_place(data, self.width, self.height, seed)
        return replace(self, x=x, y=y)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        where = f"{self.width}x{self.height} pixels at x={self.x}, y={self.y}"
        return f"{where} hidden{_opacity(strength)}"


def place(change: object) -> Box | None:
    """Return where a change of one place is; None for changes of the whole input."""
    return change.box if isinstance(change, Patch | Rectangle | Occlude) else None


def _random_place(data: Dataset, width: int, height: int, seed: int) -> tuple[int, int]:
    random = stream(seed, "placebo")
    high, wide = data.inputs.shape[-2:]
    return int(random.integers(wide - width + 1)), int(random.integers(high - height + 1))


def _colour(value: Colour) -> str:
    if isinstance(value, tuple):
        return "colour (" + ", ".join(f"{level:.2g}" for level in value) + ")"
    return f"level {value:.2g}"


def _opacity(strength: float) -> str:
    return "" if strength == 1 else f", {strength:.0%} opaque"
