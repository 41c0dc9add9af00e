"""The proof that a lasso solution is one."""

import numpy as np

from traindiff.datamodels.sample import Sample

__all__ = ["kkt_residual"]


def kkt_residual(sample: Sample, weights: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Return how far weights are from optimal: the lasso's certificate, in float64.

    Parameters
    ----------
    sample : Sample
        The models of the fit.
    weights : array, shape [targets, train]
    penalty : array, shape [targets]

    Returns
    -------
    array, float64, shape [targets]
        Largest violation of the optimality conditions as a share of the penalty: 0 = optimal.
        At the optimum the slope 1/m Xᵀ(y − Xθ) is λ·sign(θ) where θ ≠ 0 and within ±λ elsewhere.
    """
    shares = np.full(len(sample.masks), 1 / len(sample.masks))
    shares = shares if sample.shares is None else sample.shares
    centred = sample.masks - shares @ sample.masks
    rest = sample.values - shares @ sample.values - centred @ weights.T.astype(np.float64)
    slope = (rest * shares[:, None]).T @ centred
    bound = np.asarray(penalty, np.float64)[:, None]
    active = np.abs(slope - bound * np.sign(weights))
    violation = np.where(weights != 0, active, np.maximum(np.abs(slope) - bound, 0))
    return np.asarray(violation.max(axis=1) / np.where(bound[:, 0] > 0, bound[:, 0], 1))
