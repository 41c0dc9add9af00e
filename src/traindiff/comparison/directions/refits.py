"""Directions found again on part of the models, to be judged on the rest.

What is measured on held-out models was not found on them (METHOD §5.5, §5.6); the whitening, the
rank and the patterns by which directions are matched are those of all models.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from traindiff.comparison.directions.axes import Axes, axes
from traindiff.comparison.testing.whitened import Fit

__all__ = ["Refit", "refit"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Refit:
    """Directions that some of the models find.

    Parameters
    ----------
    z : array, shape [basis, train]
        The whitened difference of those models, by the whitening of all models.
    directions : array, shape [directions, train]
        Unit rows, in the order and with the signs of the directions of all models.
    space : array, shape [basis, size]
        Orthonormal columns that span what the real directions of those models do to whitened
        targets, whichever way their axes are turned.
    """

    z: np.ndarray
    directions: np.ndarray
    space: np.ndarray


def refit(fit: Fit, known: Axes) -> Refit:
    """Return the directions of part of the models, matched to those of all.

    Parameters
    ----------
    fit : Fit
        Datamodels of the part.
    known : Axes
        The directions of all models that are to be found again.
    """
    own = axes(fit, known.whitening, known.space)
    # Matched by what they do to targets: the order of nearly equal singular values is arbitrary.
    agreement = known.patterns.T @ own.patterns
    rows, columns = linear_sum_assignment(-np.abs(agreement))
    signs = np.where(agreement[rows, columns] < 0, -1, 1)
    return Refit(
        z=own.z,
        directions=own.directions[columns] * signs[:, None],
        space=np.linalg.qr(own.patterns[:, : known.space.size])[0],
    )
