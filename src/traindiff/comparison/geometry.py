"""Rows of datamodels as vectors: lengths, angles, residuals, and variance along directions."""

import numpy as np

__all__ = ["cosines", "explained_variance", "orientation", "residuals", "unit_rows"]


def unit_rows(scores: np.ndarray) -> np.ndarray:
    """Return the rows of ``scores`` scaled to unit norm; a zero row stays zero (METHOD §3.1)."""
    # By the largest entry first: squares of 1e±30 leave the range of float32.
    largest = np.abs(scores).max(axis=1, keepdims=True, initial=0)
    scores = np.divide(scores, largest, out=np.zeros_like(scores), where=largest > 0)
    norms = np.linalg.norm(scores, axis=1, keepdims=True)
    return np.asarray(np.divide(scores, norms, out=np.zeros_like(scores), where=norms > 0))


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cosine of each pair of rows, shape [targets]; 0 where either is zero (§3.6)."""
    return np.asarray((unit_rows(a) * unit_rows(b)).sum(axis=1).clip(-1, 1))


def residuals(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return what each row of A has that the same row of B has not (METHOD §3.2).

    Parameters
    ----------
    a, b : array, shape [targets, train]
        Rows of any norm; the residual of a row is a − <a, b> / <b, b> b.
    """
    norms = np.square(b).sum(axis=1, keepdims=True)
    along = np.divide(
        (a * b).sum(axis=1, keepdims=True), norms, out=np.zeros_like(norms), where=norms > 0
    )
    return np.asarray(a - along * b)


def orientation(projections: np.ndarray) -> np.ndarray:
    """Return the sign for each direction that makes its largest projection positive."""
    extreme = np.abs(projections).argmax(axis=0)
    return np.where(projections[extreme, np.arange(projections.shape[1])] < 0, -1, 1)


def explained_variance(scores: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Return the variance over targets of unit rows of ``scores`` along each direction (§3.4).

    Parameters
    ----------
    scores : array, shape [targets, train]
    directions : array, shape [directions, train]
        Unit rows.

    Returns
    -------
    array, shape [directions]
        In [0, 1]: of unit rows, whose total variance is at most 1.
    """
    # Over targets, as in PCA: a direction that all targets share alike explains nothing.
    return np.asarray((unit_rows(scores) @ directions.T).var(axis=0))
