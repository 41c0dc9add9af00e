"""Noise across targets: one small basis, and its covariance at every scale.

All of this depends on outputs alone, not on which mask goes with which output. It is therefore
unchanged when outputs are permuted against masks, and any choice made here (the basis, the
shrinkage) leaves the permutation test of `traindiff.comparison.subsets.permutations` exact.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from traindiff.comparison.whitened import Whitening
from traindiff.datamodels import contrast_matrix
from traindiff.outputs import Outputs

__all__ = ["Arm", "Problem", "leading_basis", "prepare"]

VARIANCE_KEPT = 0.95
LARGEST_BASIS = 128
ROUNDING = 1e-12
"""Share of the outputs' variance below which a difference is rounding of float32 numbers."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arm:
    """One algorithm's outputs in the shared basis, beside the contrast of its masks.

    Parameters
    ----------
    outputs : float32 array, shape [basis, models]
        Centred outputs, projected on the basis; the difference datamodels of the basis targets are
        ``outputs @ contrast`` (METHOD §2).
    contrast : float32 array, shape [models, train]
        Columns have the same noise: each is divided by its norm relative to the average.
    noise : float
        Average squared norm of a contrast column: the variance that one unit of output variance
        brings to a difference datamodel, 1/(m α(1−α)) for balanced masks.
    """

    outputs: np.ndarray
    contrast: np.ndarray
    noise: float

    @cached_property
    def covariance(self) -> np.ndarray:
        """Covariance of the outputs across models, shape [basis, basis]."""
        return _cross_covariance(self.outputs, self.outputs)


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """A against B, reduced to the basis of their largest noise.

    Parameters
    ----------
    a, b : Arm
    paired : bool
        Whether row i of A and of B share a mask, so that their noise is taken jointly.
    basis : array, shape [targets, basis]
        Orthonormal columns.
    seen : array, shape [targets]
        Share of each target's variance that is in the basis.
    shrinkage : float in [0, 1]
        Of the noise covariance toward its mean eigenvalue (METHOD §5.2).
    """

    a: Arm
    b: Arm
    paired: bool
    basis: np.ndarray
    seen: np.ndarray
    shrinkage: float

    def noise_covariance(self, scale: float) -> np.ndarray:
        """Return Σ(s): covariance across targets of the noise of one column of R (METHOD §5.2)."""
        own = self.a.noise * self.a.covariance + scale**2 * self.b.noise * self.b.covariance
        if not self.paired:
            return own
        return np.asarray(own - scale * self.a.noise * (self._cross + self._cross.T))

    def whitening(self, scale: float) -> Whitening:
        """Return how to look at the difference at one scale."""
        covariance = self.noise_covariance(scale)
        if np.trace(covariance) <= ROUNDING * self._own_variance(scale):
            covariance = np.zeros_like(covariance)  # A and sB are the same numbers: no difference
        return Whitening.of(covariance, self.basis, scale=scale, shrinkage=self.shrinkage)

    def _own_variance(self, scale: float) -> float:
        a, b = self.a, self.b
        return float(a.noise * np.trace(a.covariance) + scale**2 * b.noise * np.trace(b.covariance))

    @cached_property
    def _cross(self) -> np.ndarray:
        return _cross_covariance(self.a.outputs, self.b.outputs)

    def scale_guess(self) -> float:
        """Return the ratio of the outputs' overall standard deviations, A to B (METHOD §5.1)."""
        return float(np.sqrt(np.trace(self.a.covariance) / np.trace(self.b.covariance)))


def _cross_covariance(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    # Double precision: where A and sB almost agree, Σ(s) is the small difference of large numbers.
    return np.asarray(left.astype(np.float64) @ right.T.astype(np.float64) / (left.shape[1] - 1))


def prepare(a: Outputs, b: Outputs, *, paired: bool, shrinkage: float) -> Problem:
    """Reduce two sets of outputs to their shared basis.

    Targets are given equal variance first, A and B counted alike: else the basis would hold only
    those that vary most. Every target must vary in both, every training example must be in and out
    of some mask.
    """
    centred_a, centred_b = _centred(a.values), _centred(b.values)
    spread = _spread(centred_a, centred_b)
    centred_a, centred_b = centred_a / spread, centred_b / spread
    balance = np.sqrt(centred_a.var() / centred_b.var())
    stacked = np.vstack(
        [centred_a / np.sqrt(len(centred_a)), balance * centred_b / np.sqrt(len(centred_b))]
    )
    covariance = (stacked.T @ stacked).astype(np.float64)
    basis, variances = leading_basis(covariance)
    contrast_a = contrast_matrix(a.masks)
    contrast_b = contrast_a if paired else contrast_matrix(b.masks)
    norm_a, norm_b = ((c**2).sum(axis=0) for c in (contrast_a, contrast_b))
    relative = np.sqrt((norm_a / norm_a.mean() + norm_b / norm_b.mean()) / 2)
    contrast_a = contrast_a / relative
    contrast_b = contrast_a if paired else contrast_b / relative
    return Problem(
        a=Arm(outputs=basis.T @ centred_a.T, contrast=contrast_a, noise=float(norm_a.mean())),
        b=Arm(outputs=basis.T @ centred_b.T, contrast=contrast_b, noise=float(norm_b.mean())),
        paired=paired,
        basis=basis,
        seen=np.square(basis) @ variances / np.diagonal(covariance),
        shrinkage=shrinkage,
    )


def _spread(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the relative spread of each target over the models of A and of B; mean square 1."""
    own_a, own_b = a.var(axis=0, dtype=np.float64), b.var(axis=0, dtype=np.float64)
    squares = own_a / own_a.mean() + own_b / own_b.mean()
    return np.asarray(np.sqrt(squares / squares.mean()), dtype=np.float32)


def _centred(values: np.ndarray) -> np.ndarray:
    return np.asarray(values - values.mean(axis=0, dtype=np.float64), dtype=np.float32)


def leading_basis(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return orthonormal columns that hold most of a variance, and how much each holds.

    Parameters
    ----------
    covariance : array, shape [targets, targets]

    Returns
    -------
    basis : float32 array, shape [targets, basis]
    variances : array, shape [basis]
        Largest first.
    """
    variances, vectors = np.linalg.eigh(covariance)
    variances, vectors = variances[::-1].clip(min=0), vectors[:, ::-1]
    share = np.cumsum(variances) / variances.sum()
    size = min(int(np.searchsorted(share, VARIANCE_KEPT)) + 1, LARGEST_BASIS, len(share))
    return np.ascontiguousarray(vectors[:, :size], dtype=np.float32), variances[:size]
