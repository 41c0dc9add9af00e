"""Inputs that come in families, such as near copies: the family is what was sampled (METHOD §10.8).

A mean over all inputs is then a ratio, of a family's sum to its size. Linearised around that mean
(Cochran 1977, ch. 6) it is a mean over families, so whatever holds for models x inputs holds for
models x families.
"""

import numpy as np

from traindiff.errors import InputError

__all__ = ["by_family", "checked_families", "freedom"]

_FEWEST = 2


def checked_families(families: np.ndarray | None, inputs: int) -> np.ndarray:
    """Return the index of each input's family; without families each input is its own.

    Parameters
    ----------
    families : array, shape [inputs], or None
        Equal values are one family.
    inputs : int

    Raises
    ------
    InputError
        When there is not one family an input, or all are the same.
    """
    if families is None:
        return np.arange(inputs)
    named = np.asarray(families)
    if named.shape != (inputs,):
        raise InputError(
            f"families must name the family of each of {inputs} inputs, found shape {named.shape}."
        )
    found, members = np.unique(named, return_inverse=True)
    if len(found) < _FEWEST:
        raise InputError(
            f"families: all {inputs} inputs are of one family, {found[0]!r}; nothing can be said "
            "of others."
        )
    return np.asarray(members)


def by_family(values: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the linearised values, [models, families], whose row means are those of ``values``.

    Deviations of large families, which pull the mean toward themselves, are widened such that the
    variance of the mean is unbiased where families differ alike (as HC2 does in a regression).

    Parameters
    ----------
    values : array, shape [models, inputs]
    members : int array, shape [inputs]
        Each input's family, in [0, families).
    """
    mean, sizes = values.mean(), np.bincount(members)
    shares = sizes / len(members)
    sums = np.stack([np.bincount(members, row) for row in values])
    wide = np.sqrt((1 - 1 / len(sizes)) / (1 - 2 * shares + shares @ shares))
    spread = (sums - sizes * mean) * wide * len(sizes) / len(members)
    kept = values.mean(axis=1, keepdims=True) - spread.mean(axis=1, keepdims=True)
    return np.asarray(spread + kept)


def freedom(members: np.ndarray) -> float:
    """Return the degrees of freedom of a variance between families, fewer where few are large."""
    shares = np.bincount(members) / len(members)
    return float((shares**2).sum() ** 2 / (shares**4).sum()) - 1
