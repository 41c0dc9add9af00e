"""What is measured at one nuisance scale: the whitened difference and its statistics.

Three statistics make the omnibus (METHOD §5.8): the top singular value of the whitened difference Z
(one shared direction), its sum of squares (many weak differences), and its largest column (one
training example that is used differently).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigvalsh

from traindiff.comparison.whitening import Problem, whitening

__all__ = ["OMNIBUS", "Lens", "Measured", "lens_at"]

OMNIBUS = ("top direction", "total", "largest example")
ROUNDING = 1e-12
"""Share of the outputs' variance below which a difference is rounding of float32 numbers."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lens:
    """How to look at R(s) = Θ̂ᴬ − sΘ̂ᴮ at one scale; unchanged by permutations.

    Parameters
    ----------
    scale : float
        s.
    whiten : float32 array, shape [basis, basis]
        W(s) = Σ(s)^(−1/2), shrunk.
    expected : float
        Null mean of a column's squared norm after whitening.
    unwhiten : float32 array, shape [targets, basis]
        From a column of Z back to targets, each in units of its own noise.
    """

    scale: float
    whiten: np.ndarray
    expected: float
    unwhiten: np.ndarray

    def whitened(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return Z = W(s)(a − s b), shape [basis, train], from datamodels in the basis."""
        return np.asarray(self.whiten @ (a - np.float32(self.scale) * b))

    def measure(self, a: np.ndarray, b: np.ndarray) -> "Measured":
        """Return every statistic of the difference of two sets of datamodels in the basis."""
        z = self.whitened(a, b)
        columns = np.einsum("kt,kt->t", z, z)
        gram = z @ z.T
        targets = ((self.unwhiten @ gram) * self.unwhiten).sum(axis=1) / z.shape[1]
        top = _largest_eigenvalue(gram)
        return Measured(
            omnibus=np.array([np.sqrt(top), columns.sum(), columns.max()]),
            train=columns / self.expected if self.expected else columns,
            targets=targets,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """Statistics at one scale; higher = more different.

    Parameters
    ----------
    omnibus : array, shape [3]
        In the order of `OMNIBUS`.
    train : array, shape [train]
        Squared norm of each column of Z, over its null mean: 1 = noise alone.
    targets : array, shape [targets]
        Mean square of each un-whitened row, over its noise variance: 1 = noise alone.
    """

    omnibus: np.ndarray
    train: np.ndarray
    targets: np.ndarray


def lens_at(problem: Problem, scale: float, shrinkage: float) -> Lens:
    """Return the lens for one scale."""
    covariance = problem.noise_covariance(scale)
    if np.trace(covariance) <= ROUNDING * _own_variance(problem, scale):
        covariance = np.zeros_like(covariance)  # A and sB are the same numbers: no difference
    whiten = whitening(covariance, shrinkage=shrinkage, n_targets=problem.n_targets)
    noise = ((problem.basis @ covariance) * problem.basis).sum(axis=1)
    spread = np.sqrt(np.where(noise > 0, noise, np.inf))
    squares = np.square(whiten).sum(axis=1)  # rows are orthogonal: the pseudo-inverse is at hand
    back = whiten.T / np.where(squares > 0, squares, np.inf)
    return Lens(
        scale=scale,
        whiten=whiten,
        expected=float(np.trace(whiten @ covariance @ whiten.T)),
        unwhiten=np.asarray(problem.basis @ back / spread[:, None], dtype=np.float32),
    )


def _own_variance(problem: Problem, scale: float) -> float:
    a, b = problem.a, problem.b
    return float(a.noise * np.trace(a.covariance) + scale**2 * b.noise * np.trace(b.covariance))


def _largest_eigenvalue(gram: np.ndarray) -> float:
    last = len(gram) - 1
    # Dense bisection: for matrices as small as a basis it is faster than Lanczos, and exact.
    top = eigvalsh(gram, subset_by_index=[last, last], driver="evx", check_finite=False)
    return float(top[0].clip(min=0))
