"""Candidate transformations of images for one direction: mined patches, parametric families."""

import numpy as np

from traindiff.comparison import Subpopulation
from traindiff.datasets import Dataset
from traindiff.hypotheses.candidates.windows import salience, standout_windows
from traindiff.transforms.base import Change, Transform
from traindiff.transforms.images.blending import Noise
from traindiff.transforms.images.boxes import Box
from traindiff.transforms.images.colour import Brightness, Contrast, Greyscale, Tint
from traindiff.transforms.images.geometry import Flip, Rotate, Shift
from traindiff.transforms.images.picture import Picture
from traindiff.transforms.images.places import Occlude, Patch
from traindiff.transforms.images.sharpness import Blur, HighPass, LowPass, Sharpen
from traindiff.transforms.images.texture import Texture

__all__ = ["families", "image_candidates", "mined_patch", "mined_patches", "mined_tints"]

_PER_SIZE = 16
_SHIFTS = (1 / 28, 2 / 28, 4 / 28)
"""Distances of shifts, as shares of the image's side."""
_DIRECTIONS = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]


def image_candidates(train: Dataset, group: Subpopulation) -> list[Transform]:
    """Return the candidates for a direction with the given subpopulation."""
    ends = (group.positive_train, group.negative_train)
    mined = [change for top in ends for change in mined_patches(train.inputs, top)]
    mined += [tint for top in ends for tint in mined_tints(train.inputs, top)]
    return [Transform(change=change) for change in [*families(train.inputs), *mined]]


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
