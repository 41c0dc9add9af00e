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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigvalsh

from traindiff.pair import Pair

__all__ = ["Fit", "Measured", "Whitening", "kept_basis", "leading_basis", "measure_at", "whitener"]

Fit = Pair[np.ndarray]
"""Datamodels of A and of B in the basis, each [basis, train]."""
VARIANCE_KEPT = 0.95
LARGEST_BASIS = 128
SMALLEST_RANK = 2
REFERENCES = 1000
"""Training examples of which the median is taken, at most."""
ALL_AT_ONCE = 24
"""Rows of a matrix up to which all eigenvalues of many are found sooner than the last of each."""
TOGETHER = 2**18
"""Numbers of the whitened differences that are measured in one go."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Whitening:
    """How to look at R(s) = Θ̂ᴬ − sΘ̂ᴮ at one scale; unchanged by permutations.

    Parameters
    ----------
    scale : float
        s.
    whiten : float32 array, shape [basis, basis]
        W(s) = Σ(s)^(−1/2), shrunk; its rows by decreasing noise.
    noise : array, shape [basis, basis]
        W Σ Wᵀ: null covariance of a column after whitening; the identity only without shrinkage.
    unwhiten : float32 array, shape [targets, basis]
        From a column of Z back to targets, each in units of its own noise.
    """

    scale: float
    whiten: np.ndarray
    noise: np.ndarray
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
        own = ((basis @ covariance) * basis).sum(axis=1)
        # Each target in units of its own noise, else the noisiest would have the largest statistic.
        spread = np.sqrt(np.where(own > 0, own, np.inf))
        # Rows of W are orthogonal, so that its pseudo-inverse is at hand.
        squares = np.square(whiten).sum(axis=1)
        back = whiten.T / np.where(squares > 0, squares, np.inf)
        return cls(
            scale=scale,
            whiten=whiten,
            noise=whiten @ covariance @ whiten.T,
            unwhiten=np.asarray(basis @ back / spread[:, None], dtype=np.float32),
        )

    @property
    def expected(self) -> float:
        """Null mean of a column's squared norm after whitening."""
        return float(np.trace(self.noise))

    @property
    def ranks(self) -> tuple[int, ...]:
        """How many of the leading rows of Z are looked at: powers of two, then all."""
        # Doublings: ranks in between nearly agree, and each one looked at raises the bar for all.
        rows = len(self.whiten)
        doublings = range(rows.bit_length())
        return (*(SMALLEST_RANK << i for i in doublings if SMALLEST_RANK << i < rows), rows)

    def whitened(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return Z = W(s)(a − s b), shape [basis, train], from datamodels in the basis."""
        return np.asarray(self.whiten @ (a - np.float32(self.scale) * b))

    def excess(self, z: np.ndarray) -> float:
        """Return the sum of squares above its null mean, in standard deviations.

        Both from the covariance of Z's columns, under which a permutation null is chi-squared in
        all but name; no permutation's own error then moves the scale that is shown.
        """
        # Var(‖z‖²) = 2 tr(C²) for a normal column of covariance C; columns are independent.
        spread = np.sqrt(2 * z.shape[1] * np.square(self.noise).sum())
        excess = np.square(z, dtype=np.float64).sum() - z.shape[1] * self.expected
        return float(excess / spread) if spread > 0 else 0.0

    def measure(self, a: np.ndarray, b: np.ndarray) -> "Measured":
        """Return every statistic of the difference of two sets of datamodels in the basis."""
        return measure_at([self], a, b)[0]


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
    common : float
        Mean statistic of the half of the training examples that differ least. Small wherever half
        of the examples are used alike, however much the others differ (least trimmed squares,
        Rousseeuw 1984).
    """

    tops: np.ndarray
    total: float
    largest: float
    train: np.ndarray
    targets: np.ndarray
    common: float


def measure_at(whitenings: Sequence[Whitening], a: np.ndarray, b: np.ndarray) -> list[Measured]:
    """Return every statistic of one difference at each of several scales.

    Parameters
    ----------
    whitenings : sequence of Whitening
        In one basis.
    a, b : float32 array, shape [basis, train]
    """
    # Scales together: at the size of block masks a call costs more than what it computes.
    count = max(1, TOGETHER // a.size)
    return [
        measured
        for first in range(0, len(whitenings), count)
        for measured in _measure_together(whitenings[first : first + count], a, b)
    ]


def _measure_together(
    whitenings: Sequence[Whitening], a: np.ndarray, b: np.ndarray
) -> Iterator[Measured]:
    z = np.stack([whitening.whitened(a, b) for whitening in whitenings])
    rows, train = a.shape
    # All that is asked of Z is in a small Gram matrix, of its rows or of its columns: a draw costs
    # two products with the training examples and no decomposition of them.
    gram = z @ z.swapaxes(1, 2) if rows <= train else None
    tops = np.array([_top_singular_values(z, gram, rank) for rank in whitenings[0].ranks])
    totals = np.square(z).sum(axis=(1, 2)) if gram is None else np.trace(gram, axis1=1, axis2=2)
    targets = [
        _on_targets(each.unwhiten, z[i], None if gram is None else gram[i])
        for i, each in enumerate(whitenings)
    ]
    # A fixed subset size leaves a constant a target open: what A uses more lowers the weights
    # of all others, which would all be called different (METHOD §10.5).
    z -= _reference(z)
    columns = np.einsum("wkt,wkt->wt", z, z)
    half = -(-train // 2)
    common = np.partition(columns, half - 1, axis=1)[:, :half].mean(axis=1)
    for i, whitening in enumerate(whitenings):
        unit = whitening.expected or 1.0
        yield Measured(
            tops=tops[:, i],
            total=float(totals[i]),
            largest=float(columns[i].max()),
            train=columns[i] / unit,
            targets=targets[i],
            common=float(common[i] / unit),
        )


def leading_basis(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return orthonormal columns that hold most of the squares of some rows, and how much each.

    Parameters
    ----------
    rows : float32 array, shape [rows, targets]
        ``rows.T @ rows`` is the covariance of targets; it is never made where there are more
        targets than rows.

    Returns
    -------
    basis : float32 array, shape [targets, basis]
    variances : array, shape [basis]
        Largest first.
    """
    wide = rows.shape[1] > len(rows)
    gram = rows @ rows.T if wide else rows.T @ rows
    variances, vectors = np.linalg.eigh(gram.astype(np.float64))
    return kept_basis(variances, rows.T.astype(np.float64) @ vectors if wide else vectors)


def kept_basis(variances: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the leading ones of eigenvectors of any length, given by increasing eigenvalue."""
    variances, vectors = variances[::-1].clip(min=0), vectors[:, ::-1]
    # What is cut off is many patterns of little noise each, of which too few models tell the
    # covariance; whitening would blow them up.
    share = np.cumsum(variances) / variances.sum()
    size = min(int(np.searchsorted(share, VARIANCE_KEPT)) + 1, LARGEST_BASIS, len(share))
    leading = vectors[:, :size] / np.linalg.norm(vectors[:, :size], axis=0)
    return np.ascontiguousarray(leading, dtype=np.float32), variances[:size]


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
    # The mean is over all targets, not over the basis (Ledoit & Wolf 2004): what was cut off has no
    # variance, and a mean over the basis would depend on where it was cut.
    shrunk = (1 - shrinkage) * variances + shrinkage * variances.sum() / n_targets
    floor = 1e-10 * shrunk[0]  # below it, float32 noise would be blown up to unit variance
    weights = np.divide(1, np.sqrt(shrunk), out=np.zeros_like(shrunk), where=shrunk > floor)
    return np.asarray((vectors * weights).T, dtype=np.float32)


def _reference(z: np.ndarray) -> np.ndarray:
    """Return the median column of each Z, [scales, basis, 1]: of an example that is used alike."""
    # A median and not a mean, which examples that are used differently would move. METHOD §10.5.
    # Sorted whole: numpy takes six times as long to find the two in the middle.
    some = np.sort(z[:, :, :: -(-z.shape[2] // REFERENCES)], axis=2)
    middle = some[:, :, [(some.shape[2] - 1) // 2, some.shape[2] // 2]]
    return np.asarray(middle.mean(axis=2, keepdims=True))


def _top_singular_values(z: np.ndarray, gram: np.ndarray | None, rank: int) -> np.ndarray:
    """Return the largest singular value of the first rows of each Z, shape [scales]."""
    part = z[:, :rank]
    if gram is not None:
        square = gram[:, :rank, :rank]
    elif rank <= z.shape[2]:
        square = part @ part.swapaxes(1, 2)
    else:
        square = part.swapaxes(1, 2) @ part
    return np.asarray(np.sqrt(_largest_eigenvalues(square).clip(min=0)))


def _largest_eigenvalues(grams: np.ndarray) -> np.ndarray:
    """Return the largest eigenvalue of each of some symmetric matrices, shape [scales]."""
    last = grams.shape[1] - 1
    if last < ALL_AT_ONCE:
        return np.asarray(np.linalg.eigvalsh(grams)[:, -1])
    # Dense bisection: for matrices as small as a basis it is faster than Lanczos, and exact.
    only = {"subset_by_index": [last, last], "driver": "evx", "check_finite": False}
    return np.array([eigvalsh(gram, **only)[0] for gram in grams])


def _on_targets(unwhiten: np.ndarray, z: np.ndarray, gram: np.ndarray | None) -> np.ndarray:
    """Return the mean square of each un-whitened row of Z, shape [targets]."""
    if gram is None:
        shown = unwhiten @ z
        return np.asarray(np.einsum("tk,tk->t", shown, shown) / z.shape[1])
    return np.asarray(((unwhiten @ gram) * unwhiten).sum(axis=1) / z.shape[1])
