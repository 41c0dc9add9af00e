"""Compose pictures of cut-out objects on photographed backgrounds.

The source files of each class are divided into three parts first, and every picture is composed of
files of its own part alone: no object's and no background's file of training is in a target or in a
verification example.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from PIL import Image

from traindiff.transforms.images.patterns import PATTERNS

PARTS = ("train", "targets", "verification")
SHARES = (0.6, 0.2, 0.2)
"""Share of the source files of each part."""

File = TypeVar("File")


class Look(NamedTuple):
    """How an object is put on its background, in shares of the picture's side."""

    smallest: float
    largest: float
    degrees: float


def divided(files: Sequence[File], rng: np.random.Generator) -> dict[str, list[File]]:
    """Return the files of each part, at least one each.

    Parameters
    ----------
    files : sequence
        At least 3.
    rng : Generator
    """
    held_out = [max(1, round(share * len(files))) for share in SHARES[1:]]
    ends = np.cumsum([0, len(files) - sum(held_out), *held_out])
    shuffled = [files[i] for i in rng.permutation(len(files))]
    bounds = zip(PARTS, pairwise(ends), strict=True)
    return {part: shuffled[start:end] for part, (start, end) in bounds}


def crop(
    background: Image.Image,
    side: int,
    rng: np.random.Generator,
    share: tuple[float, float] = (0.6, 1.0),
) -> Image.Image:
    """Return a random square of a background, its side a ``share`` of the shorter side."""
    reach = int(min(background.size) * rng.uniform(*share))
    left, top = (int(rng.integers(length - reach + 1)) for length in background.size)
    part = background.crop((left, top, left + reach, top + reach))
    return part.resize((side, side), Image.Resampling.BOX)


def overlaid(
    background: Image.Image, pattern: str, period: int, amount: float, rng: np.random.Generator
) -> Image.Image:
    """Return a background with white where a random crop of a pattern is, ``amount`` opaque."""
    side = background.size[0]
    left, top = rng.integers(side + 1, size=2)
    drawn = PATTERNS[pattern](2 * side, 2 * side, period)[top : top + side, left : left + side]
    mask = Image.fromarray(np.round(255 * amount * drawn).astype(np.uint8))
    return Image.composite(Image.new("RGB", (side, side), "white"), background, mask)


def placed(
    background: Image.Image, cut_out: Image.Image, look: Look, rng: np.random.Generator
) -> Image.Image:
    """Return the background with an object at a random place, size and angle, mirrored or not."""
    side = background.size[0]
    if rng.random() < 0.5:
        cut_out = cut_out.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    angle = rng.uniform(-look.degrees, look.degrees)
    cut_out = cut_out.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    cut_out = cut_out.crop(cut_out.getchannel("A").getbbox())
    scale = side * rng.uniform(look.smallest, look.largest) / max(cut_out.size)
    width, height = (max(2, round(scale * length)) for length in cut_out.size)
    left, top = rng.integers(side - width + 1), rng.integers(side - height + 1)
    canvas = background.convert("RGBA")
    # BOX averages; premultiplied alpha keeps what is invisible from bleeding into the edge.
    small = cut_out.convert("RGBa").resize((width, height), Image.Resampling.BOX).convert("RGBA")
    canvas.alpha_composite(small, (int(left), int(top)))
    return canvas.convert("RGB")


def pixels(pictures: Sequence[Image.Image]) -> np.ndarray:
    """Return pictures as uint8 [examples, channels, height, width]."""
    return np.stack([np.moveaxis(np.asarray(picture), 2, 0) for picture in pictures])


def columns(rows: Sequence[Mapping[str, str]]) -> dict[str, np.ndarray]:
    """Return what is known of each example, one array a column."""
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
