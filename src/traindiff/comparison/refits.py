"""Directions found again on part of the models, to be judged on the rest.

Nothing that is measured on held-out models was selected on them (METHOD §5.5, §5.6).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from traindiff import seeding
from traindiff.comparison.statistics import Lens
from traindiff.comparison.whitening import Arm, Problem

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
        The whitened difference of those models, by the lens of all models.
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


def find(fitted: Fitted, lens: Lens, patterns: np.ndarray) -> Found:
    """Return the directions of a fit, matched to known ones.

    Parameters
    ----------
    fitted : Fitted
    lens : Lens
    patterns : array, shape [basis, directions]
        Left singular vectors of the whitened difference of all models.
    """
    z = lens.whitened(fitted.a, fitted.b)
    left = np.linalg.eigh(z @ z.T)[1]
    agreement = patterns.T @ left
    rows, columns = linear_sum_assignment(-np.abs(agreement))
    signs = np.where(agreement[rows, columns] < 0, -1, 1)
    found = (left[:, columns] * signs).T @ z
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return Found(z=z, directions=np.divide(found, norms, out=found, where=norms > 0))


def _datamodels(arm: Arm, models: np.ndarray) -> np.ndarray:
    """Return difference datamodels from the contrast of all models, rescaled to fewer.

    This differs from the contrast of those models alone by O(1/models).
    """
    outputs = arm.outputs[:, models]
    outputs = outputs - outputs.mean(axis=1, keepdims=True)
    growth = np.float32(arm.outputs.shape[1] / len(models))
    return np.asarray(growth * (outputs @ arm.contrast[models]))
