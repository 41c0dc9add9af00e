"""Which training examples A fits and B does not: memorised, protected from, or left out.

A difference that is spread over examples with nothing else in common, such as wrong labels of which
one side is rid, shows in no direction of the attributions. It shows in what the checkpoints say of
those examples themselves.
"""

import numpy as np

from traindiff.errors import InputError
from traindiff.pair import Pair

__all__ = ["fitted_differently"]

USUAL, FARTHEST = 2.0, 4.0
"""Robust spreads up to which a difference says nothing, and from which it says no more."""
SPREAD = 1.4826
"""Standard deviation of a normal distribution whose median absolute deviation is 1."""


def fitted_differently(fits: Pair[np.ndarray]) -> np.ndarray:
    """Return how far A's fit of each training example stands out from B's, shape [train].

    Parameters
    ----------
    fits : Pair of arrays, shape [checkpoints, train]
        What checkpoints that saw the training examples say of these: higher = more confident in
        the right answer.

    Returns
    -------
    array
        0 for most; positive, up to 2, where A fits an example better than B does. That one side
        is more confident everywhere, by as much, does not count.

    Raises
    ------
    InputError
        When A and B have other training examples, or an output is not finite.
    """
    shapes = fits.map(np.shape)
    if len(shapes.a) != 2 or shapes.a[1:] != shapes.b[1:]:
        raise InputError(
            f"fits must be [checkpoints, train] of the same training examples, found {shapes.a} "
            f"and {shapes.b}."
        )
    for name, side in fits.items():
        if not np.isfinite(side).all():
            raise InputError(f"{name}'s fits hold NaN or infinite values: leave them out.")
    # In units of the outputs: brought to one spread each, a side without the odd examples would
    # hide that it is without them.
    a, b = fits.map(lambda side: np.mean(side, axis=0, dtype=np.float64))
    standing = _standard(np.asarray(a - b))
    return np.asarray(np.sign(standing) * np.clip(np.abs(standing) - USUAL, 0, FARTHEST - USUAL))


def _standard(values: np.ndarray) -> np.ndarray:
    """Return values about their median in units of their spread; 0 where most are equal."""
    centred = values - np.median(values)
    spread = SPREAD * np.median(np.abs(centred))
    return np.asarray(centred / spread if spread > 0 else np.zeros_like(centred))
