"""What is measured at one nuisance scale: the whitened difference and its statistics.

Three statistics make the omnibus (METHOD §5.8): the top singular value of the whitened difference Z
(one shared direction), its sum of squares (many weak differences), and its largest column (one
training example that is used differently).

Subsets of one size determine datamodels but for a constant a target: examples that A uses more
lower the weights of all others. Columns are therefore measured from the median one (`_reference`).

Rows of Z are the patterns in which the noise varies, the noisiest first. A difference that follows
the noisiest few drowns in the many others, and one that does not is missed by the few; so the top
singular value is taken of the first 2, 4, 8, ... rows, and of all (`Whitening.ranks`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigvalsh

__all__ = ["OMNIBUS", "Measured", "Whitening", "whitener"]

OMNIBUS = ("top direction", "total", "largest example")
SMALLEST_RANK = 2
REFERENCES = 1000
"""Training examples of which the median is taken, at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Whitening:
    """How to look at R(s) = Θ̂ᴬ − sΘ̂ᴮ at one scale; unchanged by permutations.

    Parameters
    ----------
    scale : float
        s.
    whiten : float32 array, shape [basis, basis]
        W(s) = Σ(s)^(−1/2), shrunk; its rows by decreasing noise.
    expected : float
        Null mean of a column's squared norm after whitening.
    unwhiten : float32 array, shape [targets, basis]
        From a column of Z back to targets, each in units of its own noise.
    """

    scale: float
    whiten: np.ndarray
    expected: float
    unwhiten: np.ndarray

    @classmethod
    def of(
        cls, covariance: np.ndarray, basis: np.ndarray, *, scale: float, shrinkage: float
    ) -> "Whitening":
        """Return the whitening of the noise covariance [basis, basis] of a column of R.

        Parameters
        ----------
        covariance : array, shape [basis, basis]
        basis : array, shape [targets, basis]
            Orthonormal columns.
        scale, shrinkage : float
        """
        whiten = whitener(covariance, shrinkage=shrinkage, n_targets=len(basis))
        noise = ((basis @ covariance) * basis).sum(axis=1)
        spread = np.sqrt(np.where(noise > 0, noise, np.inf))
        squares = np.square(whiten).sum(axis=1)  # orthogonal rows: the pseudo-inverse is at hand
        back = whiten.T / np.where(squares > 0, squares, np.inf)
        return cls(
            scale=scale,
            whiten=whiten,
            expected=float(np.trace(whiten @ covariance @ whiten.T)),
            unwhiten=np.asarray(basis @ back / spread[:, None], dtype=np.float32),
        )

    @property
    def ranks(self) -> tuple[int, ...]:
        """How many of the leading rows of Z are looked at: powers of two, then all."""
        rows = len(self.whiten)
        doublings = range(rows.bit_length())
        return (*(SMALLEST_RANK << i for i in doublings if SMALLEST_RANK << i < rows), rows)

    def whitened(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return Z = W(s)(a − s b), shape [basis, train], from datamodels in the basis."""
        return np.asarray(self.whiten @ (a - np.float32(self.scale) * b))

    def measure(self, a: np.ndarray, b: np.ndarray) -> "Measured":
        """Return every statistic of the difference of two sets of datamodels in the basis."""
        z = self.whitened(a, b)
        gram = z @ z.T
        total = float(np.trace(gram))
        z -= _reference(z)
        columns = np.einsum("kt,kt->t", z, z)
        targets = ((self.unwhiten @ gram) * self.unwhiten).sum(axis=1) / z.shape[1]
        return Measured(
            tops=np.sqrt([_largest_eigenvalue(gram[:rank, :rank]) for rank in self.ranks]),
            total=total,
            largest=float(columns.max()),
            train=columns / self.expected if self.expected else columns,
            targets=targets,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """Statistics at one scale; higher = more different.

    Parameters
    ----------
    tops : array, shape [ranks]
        Largest singular value of the first rows of Z, for each of `Whitening.ranks`.
    total : float
        Sum of squares of Z.
    largest : float
        Largest squared distance of a column of Z from the median column.
    train : array, shape [train]
        The same of each column, over its null mean: 1 = noise alone.
    targets : array, shape [targets]
        Mean square of each un-whitened row, over its noise variance: 1 = noise alone.
    """

    tops: np.ndarray
    total: float
    largest: float
    train: np.ndarray
    targets: np.ndarray


def whitener(covariance: np.ndarray, *, shrinkage: float, n_targets: int) -> np.ndarray:
    """Return W with W Σ Wᵀ close to the identity, Σ shrunk toward its mean eigenvalue.

    Parameters
    ----------
    covariance : array, shape [basis, basis]
    shrinkage : float in [0, 1]
        Weight of the mean eigenvalue over all ``n_targets`` targets (METHOD §5.2). 0 whitens fully,
        1 only rescales.

    Returns
    -------
    float32 array, shape [basis, basis]
        Rows ordered by decreasing noise; 0 where there is no noise at all.
    """
    variances, vectors = np.linalg.eigh(covariance)
    variances, vectors = variances[::-1].clip(min=0), vectors[:, ::-1]
    shrunk = (1 - shrinkage) * variances + shrinkage * variances.sum() / n_targets
    floor = 1e-10 * shrunk[0]
    weights = np.divide(1, np.sqrt(shrunk), out=np.zeros_like(shrunk), where=shrunk > floor)
    return np.asarray((vectors * weights).T, dtype=np.float32)


def _reference(z: np.ndarray) -> np.ndarray:
    """Return the median column of Z, shape [basis, 1]: of an example that is used alike."""
    step = -(-z.shape[1] // REFERENCES)
    return np.asarray(np.median(z[:, ::step], axis=1, keepdims=True))


def _largest_eigenvalue(gram: np.ndarray) -> float:
    last = len(gram) - 1
    # Dense bisection: for matrices as small as a basis it is faster than Lanczos, and exact.
    top = eigvalsh(gram, subset_by_index=[last, last], driver="evx", check_finite=False)
    return float(top[0].clip(min=0))
