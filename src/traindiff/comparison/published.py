"""The method as published: residual datamodels and their principal components (METHOD §3, [MD])."""

import numpy as np

from traindiff.comparison.base import Comparison
from traindiff.comparison.geometry import (
    cosines,
    explained_variance,
    orientation,
    residuals,
    unit_rows,
)
from traindiff.comparison.parts import Directions
from traindiff.errors import InputError, at_least
from traindiff.pair import Pair

__all__ = ["compare_scores"]


def compare_scores(
    scores_a: np.ndarray,
    scores_b: np.ndarray,
    *,
    directions: int = 10,
    normalise: bool = True,
) -> Comparison:
    """Compare two algorithms by the published method, from any attribution scores (METHOD §3).

    Principal components of the residuals of A given B. The method has no test: it returns
    directions whether or not A and B differ, and ``p_value`` and ``p_values`` are None. For B given
    A, swap the arguments.

    Parameters
    ----------
    scores_a, scores_b : array, shape [targets, train]
        Datamodel weights or other attribution scores; positive = seeing the example raises the
        output of the target.
    directions : int
        Number of principal components, at most.
    normalise : bool
        Scale every row to unit norm before the residual, as the paper does. False is what the
        authors' package does.

    Returns
    -------
    Comparison
        With ``method="published"``. A target whose row is zero under A or B carries no information:
        it is left out, and listed in ``excluded_targets``.

    Raises
    ------
    InputError
        When the arrays disagree in shape, are not finite, or leave fewer than 2 usable targets.

    References
    ----------
    .. [MD] Shah, Park, Ilyas, Madry, "ModelDiff: A Framework for Comparing Learning Algorithms",
       arXiv 2211.12491, section 3.
    """
    a, b = _checked("scores_a", scores_a), _checked("scores_b", scores_b)
    if a.shape != b.shape:
        raise InputError(
            f"scores_a has shape {a.shape} and scores_b {b.shape}: both must be "
            "[targets, train] of the same targets and training examples, in the same order."
        )
    at_least("directions", directions, 1)
    kept = np.flatnonzero(a.any(axis=1) & b.any(axis=1))
    if len(kept) < 2:
        raise InputError(
            f"only {len(kept)} of {len(a)} targets have scores that are not all zero under both A "
            "and B; at least 2 are needed."
        )
    return _principal(a, b, kept, directions, normalise)


def _principal(
    a: np.ndarray, b: np.ndarray, kept: np.ndarray, directions: int, normalise: bool
) -> Comparison:
    rows_a, rows_b = (unit_rows(s[kept]) if normalise else s[kept] for s in (a, b))
    residual = residuals(rows_a, rows_b)
    _, strengths, right = np.linalg.svd(residual - residual.mean(axis=0), full_matrices=False)
    count = min(directions, len(strengths))
    along = residual @ right[:count].T
    signs = orientation(along)
    components = right[:count] * signs[:, None]
    projections = np.zeros((len(a), count))
    projections[kept] = along * signs
    return Comparison(
        method="published",
        found=Directions(
            rows=components,
            projections=projections,
            explained=Pair(a[kept], b[kept]).map(lambda s: explained_variance(s, components)),
            singular_values=strengths[:count],
        ),
        similarity=cosines(a, b),
        excluded_targets=np.setdiff1d(np.arange(len(a)), kept),
    )


def _checked(name: str, scores: np.ndarray) -> np.ndarray:
    scores = np.asarray(scores)
    if scores.ndim != 2 or 0 in scores.shape:
        raise InputError(f"{name} must be [targets, train], found shape {scores.shape}.")
    if scores.dtype.kind not in "iuf":
        raise InputError(f"{name} must hold real numbers, found {scores.dtype}.")
    if not np.isfinite(scores).all():
        row, column = np.argwhere(~np.isfinite(scores))[0]
        raise InputError(
            f"{name} holds NaN or infinite values, the first at target {row}, train {column}."
        )
    return scores.astype(np.float64)
