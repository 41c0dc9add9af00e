"""Candidate changes of images for one direction: mined patches, parametric families."""

import numpy as np

from traindiff.comparison import Subpopulation
from traindiff.datasets import Dataset
from traindiff.transforms import Change
from traindiff.transforms.images import (
    Blur,
    Box,
    Brightness,
    Contrast,
    Flip,
    Greyscale,
    HighPass,
    LowPass,
    Noise,
    Occlude,
    Patch,
    Picture,
    Rotate,
    Sharpen,
    Shift,
    Texture,
    Tint,
    overlap,
)

__all__ = ["families", "image_changes", "mined_patch", "salience", "standout_windows"]

_SIZES = (1 / 9, 1 / 6, 2 / 7, 3 / 7)
"""Sides of windows, as shares of the image's shorter side."""
_PER_SIZE = 16
_SHIFTS = (1 / 28, 2 / 28, 4 / 28)
"""Distances of shifts, as shares of the image's side."""
_DIRECTIONS = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]


def image_changes(train: Dataset, group: Subpopulation) -> list[Change]:
    """Return what may carry a direction with the given subpopulation."""
    ends = (group.positive_train, group.negative_train)
    mined = [change for top in ends for change in mined_patches(train.inputs, top)]
    mined += [tint for top in ends for tint in mined_tints(train.inputs, top)]
    return [*families(train.inputs), *mined]


def mined_patches(images: np.ndarray, top: np.ndarray) -> list[Change]:
    """Return patches and occlusions at the places where the ``top`` images stand out.

    Content comes from the most extreme image, and from the one closest to the top images' mean.

    Parameters
    ----------
    images : array, shape [train, channels, height, width]
    top : int array, shape [top]
        Most extreme first.
    """
    if len(top) == 0:
        return []
    found: list[Change] = []
    for box in standout_windows(salience(images, top), _PER_SIZE):
        window = images[top][:, :, box.y : box.y + box.height, box.x : box.x + box.width]
        away = ((window - window.mean(axis=0)) ** 2).sum(axis=(1, 2, 3))
        sources = dict.fromkeys((0, int(away.argmin())))
        found += [mined_patch(images[top[source]], box) for source in sources]
        found.append(Occlude(**box._asdict()))
    return found


def mined_patch(image: np.ndarray, box: Box) -> Patch:
    """Return the patch that stands at ``box`` in ``image``."""
    content = image[:, box.y : box.y + box.height, box.x : box.x + box.width]
    return Patch(x=box.x, y=box.y, picture=Picture.from_array(content))


def mined_tints(images: np.ndarray, top: np.ndarray) -> list[Change]:
    """Return the tint that gives all colour images the mean colour of the ``top`` ones."""
    if len(top) == 0 or images.shape[1] != 3:
        return []
    ratio = images[top].mean(axis=(0, 2, 3)) / np.maximum(images.mean(axis=(0, 2, 3)), 1e-6)
    return [Tint(colour=tuple(ratio / max(ratio.max(), 1e-6)))]


def salience(images: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Return how far the ``top`` images differ from all others in each pixel, shape [h, w].

    The squared difference of means in units of its standard error, averaged over channels: pixels
    that never vary count as much as busy ones.
    """
    rest = np.setdiff1d(np.arange(len(images)), top)
    if len(rest) == 0 or len(top) == 0:
        return np.zeros(images.shape[-2:])
    difference = images[top].mean(axis=0) - images[rest].mean(axis=0)
    variance = images.var(axis=0) + 1e-3
    return np.asarray((len(top) * difference**2 / variance).mean(axis=0))


def standout_windows(map_: np.ndarray, per_size: int) -> list[Box]:
    """Return, for each of several sizes, the windows of largest mean salience.

    Windows of one size that overlap by more than half count once.
    """
    short = min(map_.shape)
    sides = sorted({min(max(2, round(share * short)), short) for share in _SIZES})
    return [box for side in sides for box in _of_side(map_, side, per_size)]


def _of_side(map_: np.ndarray, side: int, count: int) -> list[Box]:
    total = np.pad(map_, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    chosen: list[Box] = []
    for place in np.argsort(-sums, axis=None, kind="stable"):
        y, x = np.unravel_index(place, sums.shape)
        box = Box(int(x), int(y), side, side)
        if all(overlap(box, other) <= 0.5 for other in chosen):
            chosen.append(box)
        if len(chosen) == count:
            break
    return chosen


def families(images: np.ndarray) -> list[Change]:
    """Return the parametric families, coarsely; strengths refine them later."""
    channels, high, wide = images.shape[1:]
    found: list[Change] = [Flip(axis="horizontal"), Flip(axis="vertical")]
    found += [Blur(sigma=sigma) for sigma in (0.5, 1.0, 2.0)]
    found += [Noise(sigma=sigma) for sigma in (0.1, 0.2, 0.4)]
    found += [Sharpen(), LowPass(cutoff=min(high, wide) / 6), HighPass(cutoff=min(high, wide) / 12)]
    found += [Rotate(degrees=degrees) for degrees in (-30, -15, 15, 30)]
    found += [Brightness(amount=amount) for amount in (-0.4, -0.2, 0.2, 0.4)]
    found += [Contrast(factor=factor) for factor in (0.5, 2.0)]
    found += [Texture(pattern=name, period=max(2, high // 5)) for name in ("dots", "stripes")]
    steps = sorted({max(1, round(share * min(high, wide))) for share in _SHIFTS})
    found += [Shift(dx=x * step, dy=y * step) for step in steps for x, y in _DIRECTIONS]
    if channels == 3:
        colours = [(r, g, b) for r in (0.0, 1.0) for g in (0.0, 1.0) for b in (0.0, 1.0)]
        found.append(Greyscale())
        found += [Tint(colour=colour) for colour in colours if 0 < sum(colour) < 3]
    return found
