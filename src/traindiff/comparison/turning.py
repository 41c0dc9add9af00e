"""Which way to look within the space of real directions: along what is A's alone and B's alone.

Whitening tells which directions are real. It does not tell which are large: a strong difference is
part of the covariance that divides it, so every strong one has a singular value near √models, and
singular vectors mix what is nearly equal. The space they span is well determined, its axes are not.
Within it, output units decide: the axes are the eigenvectors of AᵀA − BᵀB, one end of which is
carried by A and not by B, the other by B and not by A.
"""

from dataclasses import dataclass

import numpy as np

from traindiff.comparison.statistics import Lens

__all__ = ["Axes", "axes"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Axes:
    """Directions of one whitened difference Z.

    Parameters
    ----------
    z : array, shape [basis, train]
    strengths : array, shape [directions]
        ‖Z v‖: singular values, or what they become in turned directions (same sum of squares).
    patterns : array, shape [basis, directions]
        Z v / ‖Z v‖: what each direction does to whitened targets.
    directions : array, shape [directions, train]
        Orthonormal rows v: the turned ones, then the others, each largest first.
    """

    z: np.ndarray
    strengths: np.ndarray
    patterns: np.ndarray
    directions: np.ndarray

    def first(self, count: int) -> "Axes":
        """Return the first ``count``."""
        return Axes(
            z=self.z,
            strengths=self.strengths[:count],
            patterns=self.patterns[:, :count],
            directions=self.directions[:count],
        )


def axes(a: np.ndarray, b: np.ndarray, lens: Lens, turned: int) -> Axes:
    """Return all directions of the whitened difference of two sets of datamodels.

    Parameters
    ----------
    a, b : array, shape [basis, train]
    lens : Lens
    turned : int
        How many of the leading singular vectors to turn toward A's and B's own: the significant
        ones.
    """
    z = lens.whitened(a, b)
    directions = np.linalg.svd(z, full_matrices=False)[2]
    if turned > 1:
        directions[:turned] = _own(a, np.float32(lens.scale) * b, directions[:turned])
    along = z @ directions.T
    strengths = np.linalg.norm(along, axis=0)
    patterns = along / np.maximum(strengths, np.finfo(np.float32).tiny)
    return Axes(z=z, strengths=strengths, patterns=patterns, directions=directions)


def _own(a: np.ndarray, b: np.ndarray, space: np.ndarray) -> np.ndarray:
    """Return the rows of ``space`` turned to the eigenvectors of AᵀA − BᵀB within it.

    Noise adds the same to every direction, a multiple of the identity, and so turns nothing.
    Largest difference first, in output units.
    """
    carried_a, carried_b = a @ space.T, b @ space.T
    turn = np.linalg.eigh(carried_a.T @ carried_a - carried_b.T @ carried_b)[1]
    sizes = np.linalg.norm((carried_a - carried_b) @ turn, axis=0)
    return np.asarray(turn[:, np.argsort(-sizes, kind="stable")].T @ space)
