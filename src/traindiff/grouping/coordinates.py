"""Training examples as points: what they do to A and B differently, and what to both (METHOD §8).

Two examples are near each other where they move the same targets in the same way, however much.
Scores of several checkpoints (or parts of a pilot) a side are evidence and noise at once: their
mean is the evidence, their spread the noise by which targets are whitened.
"""

from dataclasses import dataclass

import numpy as np

from traindiff.errors import InputError, at_least, between
from traindiff.grouping.base import Influence
from traindiff.pair import Pair

__all__ = ["Coordinates"]

FEWEST = 2
ROUNDING = 1e-6
"""Share of what scores or variances are that is their rounding."""


@dataclass(frozen=True, kw_only=True)
class Coordinates:
    """How to make coordinates.

    Parameters
    ----------
    own, common : int
        Leading right singular vectors of the difference, and of the mean, of A's and B's scores.
    shrinkage : float in [0, 1]
        Of the noise covariance toward its mean eigenvalue.
    """

    own: int = 4
    common: int = 8
    shrinkage: float = 0.3

    def __post_init__(self) -> None:
        """Refuse settings that make no coordinates."""
        at_least("own", self.own, 1)
        at_least("common", self.common, 0)
        between("shrinkage", self.shrinkage, 0, 1)

    def points(self, scores: Pair[np.ndarray]) -> tuple[np.ndarray, Influence]:
        """Return the points, [train, coordinates], and the difference in few numbers.

        Parameters
        ----------
        scores : Pair of arrays, shape [checkpoints, targets, train]
            Positive where an example raises the output of a target. Each checkpoint's is brought
            to mean square 1: their units differ.

        Raises
        ------
        InputError
            When A and B have other targets or training examples, there are fewer than 2
            checkpoints a side, or scores are not finite, all alike, or the same for A and B.
        """
        units = _checked(scores).map(_unit)
        means = units.map(lambda each: each.mean(axis=0))
        inverse, root = _whitening(_noise(units, means), self.shrinkage)
        own = _leading(inverse @ (means.a - means.b), self.own)
        common = _leading(inverse @ ((means.a + means.b) / 2), self.common)
        influence = Influence(targets=(root @ own[0]), train=own[1])
        return _unit_rows(np.vstack([own[1], common[1]]).T), influence


def _checked(scores: Pair[np.ndarray]) -> Pair[np.ndarray]:
    found = scores.map(np.asarray)
    for name, side in found.items():
        if side.ndim != 3 or len(side) < FEWEST:
            raise InputError(
                f"{name}'s scores must be [checkpoints, targets, train], with at least {FEWEST} "
                f"checkpoints, found {side.shape}: their spread is the noise."
            )
        if not np.isfinite(side).all():
            raise InputError(f"{name}'s scores hold NaN or infinite values: leave them out.")
        if (np.ptp(side, axis=(1, 2)) == 0).any():
            raise InputError(
                f"{name}'s scores are one number for all examples and targets of some checkpoint: "
                "there is nothing to make groups of. Does the method fit this model?"
            )
    if found.a.shape[1:] != found.b.shape[1:]:
        raise InputError(
            f"A's scores are {found.a.shape[1:]} [targets, train], B's {found.b.shape[1:]}: both "
            "must be of the same targets and training examples, in the same order."
        )
    return found


def _unit(scores: np.ndarray) -> np.ndarray:
    scores = scores.astype(np.float64)
    return np.asarray(scores / np.sqrt(np.square(scores).mean(axis=(1, 2), keepdims=True)))


def _noise(units: Pair[np.ndarray], means: Pair[np.ndarray]) -> np.ndarray:
    """Return the covariance across targets between checkpoints of one side."""
    spread = [each - mean for side, mean in zip(units, means, strict=True) for each in side]
    if max(float(np.abs(each).max()) for each in spread) <= ROUNDING:
        raise InputError(
            "the checkpoints of each side give equal scores: are they copies of one checkpoint? "
            "Give models trained from different seeds."
        )
    total = sum(each @ each.T for each in spread)
    return np.asarray(total / (len(spread) * spread[0].shape[1]))


def _whitening(covariance: np.ndarray, shrinkage: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the inverse square root of a shrunk covariance, and its square root."""
    mean = np.trace(covariance) / len(covariance)
    variances, vectors = np.linalg.eigh(covariance)
    shrunk = (1 - shrinkage) * variances.clip(min=0) + shrinkage * mean
    shrunk = np.maximum(shrunk, ROUNDING * mean)
    return (vectors / np.sqrt(shrunk)) @ vectors.T, (vectors * np.sqrt(shrunk)) @ vectors.T


def _leading(matrix: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Return U [targets, rank] and S Vᵀ [rank, train] of the leading singular vectors.

    By the Gram matrix over targets, which are fewer than training examples where either are many.
    """
    _, vectors = np.linalg.eigh(matrix @ matrix.T)
    left = vectors[:, ::-1][:, : min(rank, *matrix.shape)]
    return left, left.T @ matrix


def _unit_rows(points: np.ndarray) -> np.ndarray:
    # By length, a few examples of great influence would make groups of their own and all the rest
    # one, which is in no subset's power to tell apart.
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(lengths > 0, lengths, 1))
