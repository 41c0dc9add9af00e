"""Two algorithms compared by attributions of a few checkpoints, with the noise between them.

The honest comparison for people who have ten checkpoints a side and no ensemble on random subsets.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from traindiff.comparison.base import Comparison
from traindiff.comparison.checkpoints.attributed import FEWEST_CHECKPOINTS, prepare
from traindiff.comparison.checkpoints.runs import by_run, looks_like_one_run
from traindiff.comparison.checkpoints.scaled_scores import repeated
from traindiff.comparison.honest import decide
from traindiff.comparison.testing.settings import Settings
from traindiff.errors import InputError
from traindiff.progress import Progress
from traindiff.threads import one_blas_thread

__all__ = ["compare_checkpoints"]


def compare_checkpoints(
    scores_a: np.ndarray,
    scores_b: np.ndarray,
    *,
    runs_a: Sequence[object] | None = None,
    runs_b: Sequence[object] | None = None,
    directions: int = 10,
    permutations: int = 500,
    seed: int = 0,
    level: float = 0.05,
    shrinkage: float = 0.3,
    progress: Progress | None = None,
) -> Comparison:
    """Compare how two algorithms use their training data, from attributions of checkpoints.

    Each checkpoint's scores are scaled to a root mean square of 1 (attributions have no common
    unit), and what they share with the mean of all is not counted as a difference: the null
    hypothesis is that checkpoints of A and of B, so scaled, are draws from one distribution.

    Parameters
    ----------
    scores_a, scores_b : array, shape [checkpoints, targets, train]
        As `traindiff.attribute` returns them: of models of one algorithm each, trained alike from
        different seeds. At least 3 a side, and the same number on both sides if you can: a test of
        unequal numbers also rejects when one side's checkpoints merely vary more.
    directions : int
        Number of directions to compute, at most.
    permutations : int
        Size of the null sample: all relabellings where they are at most so many, else so many at
        random.
    seed : int
        Of the relabellings and of the parts that judge directions.
    level : float
        Significance level.
    shrinkage : float in [0, 1]
        Of the noise covariance toward its mean eigenvalue.
    progress : Progress, optional

    Returns
    -------
    Comparison
        With ``method="checkpoints"``; its units are those of the scaled scores.
        ``smallest_p_value`` is the least that the numbers of checkpoints allow. No example or
        target has a q-value below the global p-value.

    Raises
    ------
    InputError
        When shapes disagree, scores are not finite, there are fewer than 3 checkpoints a side, two
        of them are the same, or one has scores that are all zero.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> def checkpoints(use, count=5):
    ...     return use + rng.normal(size=(count, 8, 40))
    >>> shared = rng.normal(size=(8, 40))
    >>> extra = 4 * np.outer(np.arange(8) < 4, np.arange(40) < 5)  # 5 examples that only A uses
    >>> found = compare_checkpoints(checkpoints(shared + extra), checkpoints(shared))
    >>> found.p_value <= 0.01, sorted(found.subpopulation(0, size=5).positive_train.tolist())
    (True, [0, 1, 2, 3, 4])
    >>> compare_checkpoints(checkpoints(shared), checkpoints(shared)).p_value > 0.05
    True
    """
    settings = Settings(
        directions=directions,
        permutations=permutations,
        level=level,
        shrinkage=shrinkage,
        seed=seed,
    )
    a, b = _checked("scores_a", scores_a), _checked("scores_b", scores_b)
    cautions = (*_one_run("A", a, runs_a), *_one_run("B", b, runs_b))
    a, b = by_run(a, runs_a, "runs_a"), by_run(b, runs_b, "runs_b")
    _check(a, b)
    with one_blas_thread():
        found = decide(prepare(a, b, shrinkage=shrinkage), settings, progress)
    return replace(found, cautions=cautions)


def _one_run(name: str, scores: np.ndarray, runs: Sequence[object] | None) -> tuple[str, ...]:
    if runs is not None or not looks_like_one_run(scores):
        return ()
    return (
        f"{name}'s checkpoints are the more alike the nearer they stand, as epochs of one run are: "
        f"if they are, p-values mean nothing. Say which run each is of (runs_{name.lower()}).",
    )


def _checked(name: str, scores: np.ndarray) -> np.ndarray:
    scores = np.asarray(scores)
    if scores.ndim != 3 or 0 in scores.shape:
        raise InputError(
            f"{name} must be [checkpoints, targets, train], found shape {scores.shape}."
        )
    if scores.dtype.kind not in "iuf":
        raise InputError(f"{name} must hold real numbers, found {scores.dtype}.")
    for index, each in enumerate(scores):
        if not np.isfinite(each).all():
            target, train = np.argwhere(~np.isfinite(each))[0]
            raise InputError(
                f"{name} holds NaN or infinite values, the first at checkpoint {index}, target "
                f"{target}, train {train}: leave that checkpoint out."
            )
        if not each.any():
            raise InputError(f"{name}: all scores of checkpoint {index} are zero; leave it out.")
    for first, second in repeated(scores):
        raise InputError(
            f"{name}: checkpoints {first} and {second} have the same scores, up to a factor. "
            "Checkpoints must come from independent runs, or their noise is underestimated."
        )
    return scores


def _check(a: np.ndarray, b: np.ndarray) -> None:
    if a.shape[1:] != b.shape[1:]:
        raise InputError(
            f"scores_a has shape {a.shape} and scores_b {b.shape}: both must be [checkpoints, "
            "targets, train] of the same targets and training examples, in the same order."
        )
    for name, scores in (("scores_a", a), ("scores_b", b)):
        if len(scores) < FEWEST_CHECKPOINTS:
            raise InputError(
                f"{name} has {len(scores)} checkpoints; at least {FEWEST_CHECKPOINTS} a side are "
                "needed to know how checkpoints differ by chance, and 4 to reach p <= 0.05."
            )
