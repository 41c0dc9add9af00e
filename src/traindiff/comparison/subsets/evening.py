"""Outputs on one footing before float32: centred, each target over its spread (METHOD §10.4)."""

import math

import numpy as np

from traindiff.errors import InputError
from traindiff.outputs import ROUNDING, Outputs
from traindiff.pair import Pair

__all__ = ["constant_targets", "even", "unit"]

USUAL = 2.0**20
"""Outputs of a size within this factor of 1 are left in their own unit."""
COARSE = 1 / 16
"""Of a target's range: the step of its numbers beyond which they say little of models."""


def constant_targets(outputs: Outputs) -> np.ndarray:
    """Return which targets have one output from all models, up to rounding, bool [targets].

    Raises
    ------
    InputError
        When outputs of most targets that vary were rounded to a few steps before they were given.
    """
    size, span = np.abs(outputs.values).max(axis=0), np.ptp(outputs.values, axis=0)
    varies = span > ROUNDING * size
    if outputs.values.dtype == np.float32:
        coarse = varies & (np.spacing(size) > COARSE * span) & (size > 1)
        if coarse.sum() > varies.sum() / 2:
            at = int(np.flatnonzero(coarse)[0])
            steps = span[at] / np.spacing(size[at])
            raise InputError(
                f"outputs were rounded before they were given: target {at} has a size of "
                f"{size[at]:.3g} and a range of {span[at]:.3g}, {steps:.0f} steps of float32. "
                "Give float64, or take each target's mean off first."
            )
    return np.asarray(~varies)


def unit(outputs: Outputs) -> float:
    """Return a power of two near the outputs' spread; 1 where that is of a usual size."""
    centred = _centred(outputs)
    largest = float(np.abs(centred).max())
    size = largest * math.sqrt(np.square(centred / largest).mean()) if largest else 1.0
    # A power of two changes no digit, whatever is computed of the outputs.
    return 1.0 if 1 / USUAL < size < USUAL else 2.0 ** round(math.log2(size))


def even(outputs: Pair[Outputs], units: Pair[float]) -> tuple[Pair[np.ndarray], np.ndarray]:
    """Return centred outputs over each target's relative spread in A and B, and that spread.

    Outputs in float32 and in units of ``units``; mean square over targets as before. Double
    precision until then: outputs may sit on an offset that float32 can hardly tell from outputs a
    model apart.
    """
    centred = Pair(*(_centred(side) / u for side, u in zip(outputs, units, strict=True)))
    own = centred.map(lambda side: side.var(axis=0))
    squares = own.a / own.a.mean() + own.b / own.b.mean()
    spread = np.sqrt(squares / squares.mean())
    return centred.map(lambda side: np.asarray(side / spread, dtype=np.float32)), spread


def _centred(outputs: Outputs) -> np.ndarray:
    return np.asarray(outputs.values - outputs.values.mean(axis=0, dtype=np.float64))
