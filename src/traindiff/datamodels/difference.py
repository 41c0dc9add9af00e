"""Difference datamodels: mean output with a training example minus mean output without it."""

import numpy as np

from traindiff.datamodels.design import Design
from traindiff.datamodels.path import Path, PathSettings
from traindiff.datamodels.sample import Sample
from traindiff.errors import InputError

__all__ = ["contrast_matrix", "difference_path", "difference_weights", "uninformative_train"]

_ROWS = 2048


def uninformative_train(masks: np.ndarray) -> np.ndarray:
    """Return the indices of the training examples that every model saw, or none did."""
    seen = np.count_nonzero(masks, axis=0)
    return np.flatnonzero((seen == 0) | (seen == len(masks)))


def contrast_matrix(masks: np.ndarray) -> np.ndarray:
    """Return D with θ = valuesᵀ D: the difference estimator as one matrix (METHOD §2).

    Parameters
    ----------
    masks : bool array, shape [models, train]

    Returns
    -------
    array, float32, shape [models, train]
        1/m₁ where the model saw the example and −1/m₀ where it did not, m₁ and m₀ the numbers of
        models that did and did not. Columns sum to 0. The columns of `uninformative_train` are 0.

    Raises
    ------
    InputError
        When no training example is seen by some models and not by others.
    """
    masks = np.asarray(masks, dtype=bool)
    seen = np.count_nonzero(masks, axis=0)
    unseen = len(masks) - seen
    informative = (seen > 0) & (unseen > 0)
    if not informative.any():
        raise InputError(
            f"all {len(masks)} masks are equal: a datamodel needs models trained on different "
            "subsets of the training examples."
        )
    low = np.where(informative, -1 / np.maximum(unseen, 1), 0).astype(np.float32)
    high = np.where(informative, 1 / np.maximum(seen, 1), 0).astype(np.float32)
    contrast = np.empty(masks.shape, np.float32)
    for start in range(0, len(masks), _ROWS):
        rows = slice(start, start + _ROWS)
        contrast[rows] = np.where(masks[rows], high, low)
    return contrast


def difference_weights(masks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return mean output with each training example minus mean output without it ([FZ]).

    Unbiased. Over random masks of one size αn, the estimation noise has covariance
    Cov(values) / (m α (1 − α)) across targets, for every training example (METHOD §2).

    Parameters
    ----------
    masks : bool array, shape [models, train]
    values : array, shape [models, targets]

    Returns
    -------
    array, float32, shape [targets, train]
        Output units; positive = models that saw the example have the higher output. 0 for the
        training examples of `uninformative_train`.

    Raises
    ------
    InputError
        When no training example is seen by some models and not by others.
    """
    centred = values - values.mean(axis=0, dtype=np.float64)
    return np.asarray(centred.astype(np.float32).T @ contrast_matrix(masks))


def difference_path(
    design: Design,
    settings: PathSettings,
    *,
    choice: Sample | None = None,
    grid: np.ndarray | None = None,
    last: np.ndarray | None = None,
) -> Path:
    """Return the difference datamodels as a path of one penalty, 0: there is nothing to choose.

    Each weight is the covariance of output and mask over the mask's variance, which is the same
    as mean with minus mean without, and holds for weighted models too.

    See Also
    --------
    traindiff.datamodels.path.PathFollower : the parameters.
    """
    n_targets = design.sample.values.shape[1]
    cross = design.cross(slice(0, n_targets), settings.threads)
    variance = np.where(design.informative, design.means * (1 - design.means), 1)
    return Path.without_penalty(cross / variance.astype(np.float32))
