"""Least squares over groups (METHOD §8): what the other groups do is explained, and so no noise.

With masks X over groups, centred, least squares fits β = (XᵀX)⁻¹XᵀY. Its errors are correlated over
groups; those of (XᵀX)^(1/2) β are not, and its columns are as near to groups as uncorrelated ones
can be. So the datamodels here are Yᵀ X (XᵀX)^(−1/2), in units of a difference of means: of the same
size where masks are balanced, and the same test, with two changes. The noise is that of the
residuals, and it is estimated anew under each permutation.
"""

from dataclasses import dataclass

import numpy as np

from traindiff.datamodels import contrast_matrix

__all__ = [
    "Residual",
    "corrected_on",
    "decorrelated_contrast",
    "enough_models",
    "least_squares_weights",
    "solved_on",
]

MODELS_A_GROUP = 2
SINGULAR = 1e-6


def enough_models(models: int, groups: int, models_a_group: int = MODELS_A_GROUP) -> bool:
    """Return whether so many models leave least squares residuals to know the noise by."""
    return models >= models_a_group * groups


def decorrelated_contrast(masks: np.ndarray) -> np.ndarray:
    """Return D [models, groups], for datamodels YᵀD whose noise is uncorrelated over groups.

    X (XᵀX)^(−1/2) is the matrix of orthonormal columns nearest to X (Löwdin 1950); its columns are
    scaled alike, to the mean square of a difference of means' (`contrast_matrix`).

    Parameters
    ----------
    masks : bool array, shape [models, groups]
    """
    left, sizes, right = np.linalg.svd(masks - masks.mean(axis=0), full_matrices=False)
    kept = sizes > SINGULAR * sizes[0]  # subsets of one size leave the sum over groups unknown
    orthonormal = left[:, kept] @ right[kept]
    size = np.square(contrast_matrix(masks), dtype=np.float64).sum() / np.square(orthonormal).sum()
    return np.asarray(np.sqrt(size) * orthonormal, dtype=np.float32)


def least_squares_weights(masks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return least-squares datamodels, decorrelated over groups, shape [targets, groups].

    Parameters
    ----------
    masks : bool array, shape [models, groups]
    values : array, shape [models, targets]
    """
    centred = values - values.mean(axis=0, dtype=np.float64)
    return np.asarray(centred.astype(np.float32).T @ decorrelated_contrast(masks))


def solved_on(outputs: np.ndarray, contrast: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return the least-squares datamodels of some of the models, shape [basis, groups].

    Their contrast is decorrelated anew: among few models that of all is not, and what other groups
    do would be noise again. Of the same size as with all models, their noise larger.

    Parameters
    ----------
    outputs : array, shape [basis, some models]
    contrast : array, shape [some models, groups]
        Their rows of ``whole``.
    whole : array, shape [models, groups]
        `decorrelated_contrast` of all.
    """
    centred = outputs - outputs.mean(axis=1, keepdims=True)
    left, sizes, right = np.linalg.svd(contrast - contrast.mean(axis=0), full_matrices=False)
    kept = sizes > SINGULAR * sizes[0]
    # As of all models, times the ratio of numbers: the signal stays and the noise grows.
    size = _size(whole) * len(whole) / len(contrast)
    return np.asarray(np.float32(np.sqrt(size)) * (centred @ left[:, kept] @ right[kept]))


def corrected_on(
    outputs: np.ndarray, contrast: np.ndarray, rest: np.ndarray, part: np.ndarray
) -> np.ndarray:
    """Return the datamodels of a part of the models too small for least squares.

    The rest of the models predict the part's outputs; a difference of means is taken of what is
    left, and added to the rest's datamodels. However wrong those are, their error cancels in the
    mean over subsets (Robins, Rotnitzky & Zhao 1994): given the rest, this is right on average.

    Parameters
    ----------
    outputs : array, shape [basis, models]
    contrast : array, shape [models, groups]
        From `decorrelated_contrast`.
    rest, part : int array
        Disjoint models.

    Returns
    -------
    array, shape [basis, groups]
    """
    centre, origin = outputs[:, rest].mean(axis=1, keepdims=True), contrast[rest].mean(axis=0)
    # Small singular values left out: what the rest hardly vary they can't predict, and its error
    # would be noise in every part.
    slopes = (outputs[:, rest] - centre) @ np.linalg.pinv(contrast[rest] - origin, rcond=0.1).T
    left = outputs[:, part] - centre - slopes @ (contrast[part] - origin).T
    growth = np.float32(len(contrast) / len(part))
    return np.asarray(np.float32(_size(contrast)) * slopes + growth * (left @ contrast[part]))


def _size(contrast: np.ndarray) -> float:
    """Return the squared length of a decorrelated contrast in each dimension that it has."""
    return float(np.linalg.norm(contrast, ord=2) ** 2)


@dataclass(frozen=True, kw_only=True)
class Residual:
    """What masks do not explain of the outputs' covariance.

    Parameters
    ----------
    models, rank : int
        Number of models, and how many dimensions their masks explain.
    size : float
        Squared length of the contrast's columns in its rank dimensions.
    noise : float
        Mean squared length of its columns (see `Arm`): what one unit of output variance brings.
    """

    models: int
    rank: int
    size: float
    noise: float

    @classmethod
    def of_contrast(cls, contrast: np.ndarray) -> "Residual":
        """Return the residual of datamodels made by `decorrelated_contrast`."""
        sizes = np.linalg.svd(contrast, compute_uv=False)
        return cls(
            models=len(contrast),
            rank=int((sizes > SINGULAR * sizes[0]).sum()),
            size=float(sizes[0] ** 2),
            noise=float(np.square(contrast).sum() / contrast.shape[1]),
        )

    def of(self, covariance: np.ndarray, difference: np.ndarray) -> np.ndarray:
        """Return the noise covariance of a column of R = A − sB, shape [basis, basis].

        Parameters
        ----------
        covariance : array, shape [basis, basis]
            The same with all that masks explain still in it.
        difference : array, shape [basis, groups]
            R, of the same outputs.
        """
        sums = covariance * ((self.models - 1) / self.noise)
        wide = difference.astype(np.float64)
        # R = YᵀD with D = √size · Q, Q orthonormal: YᵀQQᵀY, what masks explain, is RRᵀ / size.
        left = sums - wide @ wide.T / self.size
        # Degrees of freedom: one for each target's mean, one for each dimension of the masks.
        return np.asarray(left * (self.noise / (self.models - 1 - self.rank)))
