"""Which way to look within the space of real directions: along what is A's alone and B's alone.

Whitening tells which directions are real. It does not tell which are large: a strong difference is
part of the covariance that divides it, so every strong one has a singular value near √models, and
singular vectors mix what is nearly equal. The space they span is well determined, its axes are not.
Within it, output units decide: the eigenvectors of AᵀA − BᵀB, one end of which is carried by A and
not by B, the other by B and not by A, make two spaces; the axes are the principal ones of the
difference within each.
"""

from dataclasses import dataclass, replace

import numpy as np

from traindiff.comparison.testing.whitened import Fit, Whitening

__all__ = ["Axes", "Space", "axes"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Space:
    """Where the real directions are.

    Parameters
    ----------
    rank : int
        How many leading rows of Z tell them from noise most clearly (`Whitening.ranks`).
    size : int
        How many of the singular vectors of those rows are real.
    units : array, shape [targets, basis], or None
        From the basis to output units, in which axes are found and ordered; None: the basis's own.
    """

    rank: int
    size: int
    units: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Axes:
    """Directions of one whitened difference Z.

    Parameters
    ----------
    z : array, shape [basis, train]
    strengths : array, shape [directions]
        ‖Z v‖ over the rows of the space: singular values, or what they become in turned directions
        (same sum of squares).
    patterns : array, shape [basis, directions]
        Z v / ‖Z v‖: what each direction does to whitened targets.
    directions : array, shape [directions, train]
        Orthonormal rows v: those of the space, turned, then the singular vectors of what all rows
        have beside it; each largest first.
    whitening : Whitening
    space : Space
        By which they were found.
    """

    z: np.ndarray
    strengths: np.ndarray
    patterns: np.ndarray
    directions: np.ndarray
    whitening: Whitening
    space: Space

    def first(self, count: int) -> "Axes":
        """Return the first ``count``."""
        return replace(
            self,
            strengths=self.strengths[:count],
            patterns=self.patterns[:, :count],
            directions=self.directions[:count],
        )

    def ordered(self, order: np.ndarray) -> "Axes":
        """Return the same in another order."""
        return replace(
            self,
            strengths=self.strengths[order],
            patterns=self.patterns[:, order],
            directions=self.directions[order],
        )


def axes(fit: Fit, whitening: Whitening, space: Space) -> Axes:
    """Return all directions of the whitened difference of two sets of datamodels.

    Parameters
    ----------
    fit : Fit
    whitening : Whitening
    space : Space
        The singular vectors to turn toward A's and B's own.
    """
    z = whitening.whitened(*fit)
    real = np.linalg.svd(z[: space.rank], full_matrices=False)[2][: space.size]
    if space.size > 1:
        real = _own(*_carried(fit, whitening, space.units, real), real)
    # What the space holds is taken out first, so that the rest is orthogonal to the turned axes.
    others = np.linalg.svd(z - (z @ real.T) @ real, full_matrices=False)[2]
    directions = np.vstack([real, others[: min(z.shape) - len(real)]])
    along = z @ directions.T
    lengths = np.linalg.norm(along, axis=0)
    return Axes(
        z=z,
        strengths=np.linalg.norm(along[: space.rank], axis=0),
        patterns=along / np.maximum(lengths, np.finfo(np.float32).tiny),
        directions=directions,
        whitening=whitening,
        space=space,
    )


def _carried(
    fit: Fit, whitening: Whitening, units: np.ndarray | None, space: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what A, and B after scaling, carry of each row of ``space``, [targets, size]."""
    a, b = fit.a @ space.T, np.float32(whitening.scale) * (fit.b @ space.T)
    return (a, b) if units is None else (units @ a, units @ b)


def _own(a: np.ndarray, b: np.ndarray, space: np.ndarray) -> np.ndarray:
    """Return the rows of ``space`` turned to what A carries more and what B carries more of.

    These are the eigenvectors of AᵀA − BᵀB of positive and of negative eigenvalues. Among those of
    one sign the axes are the principal ones of the difference, which other models find again where
    the eigenvectors are nearly equal. Noise adds the same to every direction, a multiple of the
    identity, and so turns nothing. Largest difference first, in output units: a target that all
    models agree on would else weigh as much as one they can be told apart by.

    Parameters
    ----------
    a, b : array, shape [targets, size]
        What A and B carry of each row.
    space : array, shape [size, train]
    """
    # AᵀA − BᵀB and not their ratio, which would rank what B hardly carries, noise included, above a
    # large difference of which B carries a little.
    values, vectors = np.linalg.eigh(a.T @ a - b.T @ b)
    difference = a - b
    parts = (vectors[:, values > 0], vectors[:, values <= 0])
    turn = np.hstack([_principal(difference, part) for part in parts])
    sizes = np.linalg.norm(difference @ turn, axis=0)
    return np.asarray(turn[:, np.argsort(-sizes, kind="stable")].T @ space)


def _principal(difference: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Return the columns of ``part`` turned to principal axes of the difference along them."""
    if not part.shape[1]:
        return part
    return np.asarray(part @ np.linalg.svd(difference @ part, full_matrices=False)[2].T)
