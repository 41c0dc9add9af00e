"""From good candidates to better ones: strengths, the borders of patches, no near repeats."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from traindiff.comparison import Subpopulation
from traindiff.datasets import Dataset
from traindiff.hypotheses.candidates.images import mined_patch
from traindiff.hypotheses.search.screening import Finding, Screen
from traindiff.transforms import Transform
from traindiff.transforms.images import Box, Patch, covered, place

__all__ = ["alike", "distinct", "refine"]

_STRENGTHS = (0.25, 0.5, 0.75)
_PATCHES = 4
"""Patches whose borders are searched."""
_INPUTS = 160
"""Discovery inputs of each step of that search."""
_STEPS = 20
_APART = 0.5
"""Places are the same finding when more than this share of the smaller lies in the other."""


def refine(
    screen: Screen, survivors: Sequence[Finding], train: Dataset, group: Subpopulation
) -> list[Finding]:
    """Return the survivors with better borders and strengths, on all inputs, best first."""
    patches = [f for f in distinct(survivors) if isinstance(f.transform.change, Patch)][:_PATCHES]
    images = train.inputs[np.concatenate([group.positive_train, group.negative_train])]
    bordered = [_bordered(screen, patch, images) for patch in patches]
    others = [f.transform for f in survivors if not isinstance(f.transform.change, Patch)]
    transforms = [*bordered, *others]
    weaker = [each.with_strength(s) for each in transforms for s in _STRENGTHS]
    return screen.best(list(dict.fromkeys([*transforms, *weaker])), len(screen.data))


def distinct(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings, best first, without near repeats: one a kind, place or column."""
    kept: list[Finding] = []
    for finding in findings:
        if not any(alike(finding.transform, other.transform) for other in kept):
            kept.append(finding)
    return kept


def alike(a: Transform, b: Transform) -> bool:
    """Return whether two transformations are of one kind, at one place or on one column."""
    if a.kind != b.kind:
        return False
    places = place(a.change), place(b.change)
    if places[0] and places[1]:
        return covered(places[0], places[1]) > _APART
    return a.to_dict().get("column") == b.to_dict().get("column")


def _bordered(screen: Screen, finding: Finding, images: np.ndarray) -> Transform:
    """Return the patch with the borders of most merit: they move by steps that halve."""
    box = place(finding.transform.change)
    assert box is not None
    image = _source(finding.transform, box, images)
    search = _unbounded(screen, finding)
    best = max(search.best([finding.transform], _INPUTS), key=_merit)
    step = max(1, max(box.width, box.height) // 2)
    for _ in range(_STEPS):
        around = [each for each in _neighbours(box, step) if _inside(each, image)]
        tried = search.best([Transform(change=mined_patch(image, b)) for b in around], _INPUTS)
        better = max([best, *tried], key=_merit)
        if better is not best:
            best, box = better, place(better.transform.change) or box
        elif step > 1:
            step //= 2
        else:
            break
    return best.transform


def _merit(finding: Finding) -> float:
    return finding.merit


def _unbounded(screen: Screen, finding: Finding) -> Screen:
    """Return the screen for the finding's own side and way of measuring, without saturation.

    Log-odds add up over pixels, so what moves A and B alike cancels; near 0 and 1 a probability
    would reward a patch for whatever else of its class it brings along.
    """
    aim = finding.aim
    if aim.output == "probability":
        aim = replace(aim, output="log-odds")
    return replace(screen, aims=(aim,), weights={finding.side: 1.0})


def _source(transform: Transform, box: Box, images: np.ndarray) -> np.ndarray:
    """Return the image that a mined patch was taken from."""
    wanted = transform.change
    found = (image for image in images if mined_patch(image, box) == wanted)
    return next(found, images[0])


def _neighbours(box: Box, step: int) -> list[Box]:
    """Return the box with one border moved by ``step``, or moved as a whole."""
    x, y, wide, high = box
    return [
        Box(*values)
        for s in (-step, step)
        for values in (
            (x + s, y, wide - s, high),
            (x, y, wide + s, high),
            (x, y + s, wide, high - s),
            (x, y, wide, high + s),
            (x + s, y, wide, high),
            (x, y + s, wide, high),
        )
    ]


def _inside(box: Box, image: np.ndarray) -> bool:
    high, wide = image.shape[-2:]
    return (
        min(box.x, box.y) >= 0
        and min(box.width, box.height) >= 1
        and box.x + box.width <= wide
        and box.y + box.height <= high
    )
