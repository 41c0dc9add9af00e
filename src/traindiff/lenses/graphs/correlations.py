"""How differently outputs move together under one labelling, for many labellings at once.

Correlations, not partial ones: those of ten models given all other outputs are little but noise,
and a link that one side lacks shows in both. The largest of the differences, not their mean: one
more edge is one large difference among many small ones.
"""

import numpy as np

__all__ = ["correlation_difference", "correlations"]

BLOCK = 64
SUREST = 1 - 1e-6
"""Correlations are held below it, so that three models in line are no infinite evidence."""


def correlation_difference(values: np.ndarray, is_a: np.ndarray) -> np.ndarray:
    """Return the largest difference of A's and B's correlations, in Fisher's z.

    Parameters
    ----------
    values : float array, shape [models, nodes]
    is_a : bool array, shape [..., models]

    Returns
    -------
    float array, shape [...]
        Higher = more different; above 0 by chance, which the null band shows.
    """
    flat = is_a.reshape(-1, is_a.shape[-1])
    found = np.concatenate(
        [_block(values, flat[first : first + BLOCK]) for first in range(0, len(flat), BLOCK)]
    )
    return np.asarray(found.reshape(is_a.shape[:-1]))


def _block(values: np.ndarray, is_a: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(values.shape[1], 1)
    # Fisher's z is equally uncertain at every correlation.
    a, b = (
        np.arctanh(np.clip(correlations(values, side)[:, i, j], -SUREST, SUREST))
        for side in (is_a, ~is_a)
    )
    return np.asarray(np.abs(a - b).max(axis=1))


def correlations(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return correlations among some of the models, [draws, nodes, nodes].

    A node that does not vary is correlated with none.

    Parameters
    ----------
    values : float array, shape [models, nodes]
    chosen : bool array, shape [draws, models]
    """
    weight = chosen / chosen.sum(axis=1, keepdims=True)
    rest = values[None] - (weight @ values)[:, None]  # a side's own mean is no link
    moments = np.einsum("dm,dmi,dmj->dij", weight, rest, rest, optimize=True)
    size = np.sqrt(np.einsum("dii->di", moments))
    still = size <= 1e-12 * np.abs(values).max(initial=0.0)
    size[still] = np.inf
    return np.asarray(moments / (size[:, :, None] * size[:, None]))
