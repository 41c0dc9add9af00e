"""Directions found again on part of the models, to be judged on the rest.

What is measured on held-out models was not found on them (METHOD §5.5, §5.6); the whitening, the
rank and the patterns by which directions are matched are those of all models.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from traindiff import seeding
from traindiff.comparison.directions.axes import Axes, Space, axes
from traindiff.comparison.subsets.reduced import Arm, Problem
from traindiff.comparison.whitened import Whitening

__all__ = ["Fitted", "Found", "Models", "find", "fit", "parts"]

Models = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """Difference datamodels of some of the models, in the basis.

    Parameters
    ----------
    a, b : array, shape [basis, train]
    """

    a: np.ndarray
    b: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """Directions that some of the models find.

    Parameters
    ----------
    z : array, shape [basis, train]
        The whitened difference of those models, by the whitening of all models.
    directions : array, shape [directions, train]
        Unit rows, in the order and with the signs of the directions of all models.
    """

    z: np.ndarray
    directions: np.ndarray


def parts(problem: Problem, count: int, seed: int) -> list[Models]:
    """Return the indices of the models of A and of B in each of ``count`` random parts."""
    rng = seeding.stream(seed, "parts", count)
    order_a = rng.permutation(problem.a.outputs.shape[1])
    order_b = order_a if problem.paired else rng.permutation(problem.b.outputs.shape[1])
    return list(zip(np.array_split(order_a, count), np.array_split(order_b, count), strict=True))


def fit(problem: Problem, models: Models) -> Fitted:
    """Return the difference datamodels of some of the models of A and of B."""
    return Fitted(a=_datamodels(problem.a, models[0]), b=_datamodels(problem.b, models[1]))


def find(fitted: Fitted, whitening: Whitening, known: Axes, space: Space) -> Found:
    """Return the directions of a fit, matched to those of all models.

    Parameters
    ----------
    fitted : Fitted
    whitening : Whitening
    known : Axes
        The directions of all models that are to be found again.
    space : Space
        Where the real ones among them were found.
    """
    own = axes(fitted.a, fitted.b, whitening, space)
    agreement = known.patterns.T @ own.patterns
    rows, columns = linear_sum_assignment(-np.abs(agreement))
    signs = np.where(agreement[rows, columns] < 0, -1, 1)
    return Found(z=own.z, directions=own.directions[columns] * signs[:, None])


def _datamodels(arm: Arm, models: np.ndarray) -> np.ndarray:
    """Return difference datamodels from the contrast of all models, rescaled to fewer.

    This differs from the contrast of those models alone by O(1/models).
    """
    outputs = arm.outputs[:, models]
    outputs = outputs - outputs.mean(axis=1, keepdims=True)
    growth = np.float32(arm.outputs.shape[1] / len(models))
    return np.asarray(growth * (outputs @ arm.contrast[models]))
