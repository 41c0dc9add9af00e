"""Two algorithms compared by attributions of a few checkpoints, with the noise between them.

The honest comparison for people who have ten checkpoints a side and no ensemble on random subsets:
the same whitening, statistics and directions as `traindiff.comparison.subsets.compare`, but noise
is what attributions of one algorithm differ by from checkpoint to checkpoint, and the null relabels
checkpoints. Everything chosen by looking at the data (the common mean, the basis, the covariance)
is chosen from all checkpoints together, so that no relabelling changes it; all else is computed
anew under each, and the test is exact.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from traindiff import seeding
from traindiff.comparison.base import AxisTest, Comparison, Directions, Judged, Power, Test
from traindiff.comparison.checkpoints.scaled_scores import ScaledScores, repeated
from traindiff.comparison.directions.axes import Space, axes
from traindiff.comparison.directions.ownership import FOLDS, measure_sides
from traindiff.comparison.directions.refits import Fitted, find
from traindiff.comparison.directions.reliability import measure_reliability
from traindiff.comparison.published import cosines, orientation
from traindiff.comparison.subsets.inference import ScaleTest, at_one_scale
from traindiff.comparison.subsets.reduced import leading_basis
from traindiff.comparison.whitened import OMNIBUS, Measured, Whitening
from traindiff.errors import InputError
from traindiff.pair import Pair
from traindiff.progress import Advance, Progress, Silent
from traindiff.statistics.permutation import benjamini_hochberg
from traindiff.statistics.relabelling import Relabellings
from traindiff.threads import available, one_blas_thread

__all__ = ["compare_checkpoints"]

FEWEST_CHECKPOINTS = 3
WIDEST_SCALE = 2**1.5


def compare_checkpoints(
    scores_a: np.ndarray,
    scores_b: np.ndarray,
    *,
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
    a, b = _checked("scores_a", scores_a), _checked("scores_b", scores_b)
    _check(a, b, directions, permutations, level, shrinkage)
    draws = Relabellings(
        a=len(a), b=len(b), most=permutations, seed=seeding.derive(seed, "compare checkpoints")
    )
    with one_blas_thread():
        problem = _prepare(a, b)
        whitening = Whitening.of(problem.covariance, problem.basis, scale=1.0, shrinkage=shrinkage)
        with (progress or Silent()).stage("relabellings", draws.count) as advance:
            null = list(_relabelled(problem, whitening, draws, advance))
        tested = at_one_scale(whitening, *problem.means(problem.labels), null, directions)
        return _assemble(problem, tested, draws, directions, level, seed)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Problem:
    """Checkpoints of A and then of B, reduced to the basis of their largest differences.

    Parameters
    ----------
    scores : ScaledScores
        Of each checkpoint.
    reduced : float32 array, shape [checkpoints, basis, train]
        The same in the basis.
    shares : array, shape [checkpoints]
        How much of the common mean is in each.
    labels : bool array, shape [checkpoints]
        Who is A's.
    basis : array, shape [targets, basis]
        Orthonormal columns.
    covariance : array, shape [basis, basis]
        Of the noise of one column of the difference of means.
    """

    scores: ScaledScores
    reduced: np.ndarray
    shares: np.ndarray
    labels: np.ndarray
    basis: np.ndarray
    covariance: np.ndarray

    def weights(self, chosen: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the weight of each checkpoint in the means of A's and of B's [checkpoints].

        The means are scaled against each other so that both hold as much of the common mean, which
        then cancels: a uniformly larger signal is no difference. The rule is the same for both, so
        that swapping A and B changes no statistic.
        """
        ratio = _ratio(self.shares[others].mean(), self.shares[chosen].mean())
        return chosen * np.sqrt(ratio) / chosen.sum(), others / np.sqrt(ratio) / others.sum()

    def means(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean scores of those called A's and of the others, each [basis, train]."""
        return self.fit(chosen, ~chosen)

    def fit(self, chosen: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the means in the basis of any two disjoint sets of checkpoints."""
        a, b = (
            np.tensordot(weights.astype(np.float32), self.reduced, axes=1)
            for weights in self.weights(chosen, others)
        )
        return a, b

    def parts(self, count: int, seed: int) -> list[Fitted]:
        """Return the means of ``count`` random parts of A's and of B's."""
        rng = seeding.stream(seed, "parts", count)
        sides = (np.flatnonzero(side) for side in (self.labels, ~self.labels))
        cuts = [np.array_split(rng.permutation(side), count) for side in sides]
        everyone = np.arange(len(self.labels))
        pairs = (
            self.fit(np.isin(everyone, chosen), np.isin(everyone, others))
            for chosen, others in zip(*cuts, strict=True)
        )
        return [Fitted(a=a, b=b) for a, b in pairs]


def _ratio(above: float, below: float) -> float:
    """Return a ratio of shares within bounds that no two recipes worth comparing exceed."""
    if above <= 0 or below <= 0:
        return 1.0  # scores without anything in common have no common scale
    return float(np.clip(above / below, 1 / WIDEST_SCALE, WIDEST_SCALE))


def _prepare(a: np.ndarray, b: np.ndarray) -> _Problem:
    labels = np.arange(len(a) + len(b)) < len(a)
    scores = ScaledScores(given=(*a, *b))
    mean = scores.weighted(np.full(len(scores), 1 / len(scores)))
    norm = float(np.linalg.norm(mean))  # 0 where all scores cancel: nothing is common then
    common = np.asarray(mean / norm if norm else mean, np.float32)
    shares = np.array([float(np.vdot(common, each)) for each in scores])
    n_targets, n_train = common.shape
    gram = np.zeros((n_targets, n_targets))
    for each, share in zip(scores, shares, strict=True):
        noise = each - np.float32(share) * common
        gram += noise @ noise.T
    basis, variances = leading_basis(gram / (len(scores) * n_train))
    size = 1 / labels.sum() + 1 / (~labels).sum()
    return _Problem(
        scores=scores,
        reduced=np.stack([basis.T @ each for each in scores]),
        shares=shares,
        labels=labels,
        basis=basis,
        covariance=np.diag(variances * size),
    )


def _relabelled(
    problem: _Problem, whitening: Whitening, draws: Relabellings, advance: Advance
) -> Iterator[Measured]:
    with ThreadPoolExecutor(available()) as threads:
        for measured in threads.map(
            lambda chosen: whitening.measure(*problem.means(chosen)), draws
        ):
            yield measured
            advance(1)


def _assemble(
    problem: _Problem,
    tested: ScaleTest,
    draws: Relabellings,
    directions: int,
    level: float,
    seed: int,
) -> Comparison:
    whitening, p_values = tested.whitening, tested.top.p_values[:directions]
    p_value = tested.p_value
    real = 0 if p_value > level else int((p_values <= level).sum())
    space = Space(rank=tested.top.rank(real), size=max(real, 1))
    known = axes(*problem.means(problem.labels), whitening, space).first(directions)
    halves = [find(half, whitening, known, space) for half in problem.parts(2, seed)]
    folds = problem.parts(min(FOLDS, draws.a, draws.b), seed)
    sides = measure_sides(folds, whitening, known, space)
    mean_a, mean_b = (
        problem.scores.weighted(weights)
        for weights in problem.weights(problem.labels, ~problem.labels)
    )
    projections = (mean_a - mean_b) @ known.directions.T
    signs = orientation(projections)
    idle = _idle(problem)
    return Comparison(
        method="checkpoints",
        found=Directions(
            rows=known.directions * signs[:, None],
            projections=projections * signs,
            explained=Pair(sides.explained_a, sides.explained_b),
            singular_values=known.strengths,
        ),
        similarity=cosines(mean_a, mean_b),
        excluded_targets=idle[0],
        excluded_train=idle[1],
        n_models=Pair(draws.a, draws.b),
        test=Test(
            p_value=p_value,
            p_values=p_values,
            statistics=dict(zip(OMNIBUS, tested.single.tolist(), strict=True)),
            null_level=tested.top.level(space.rank, level),
            permutations=draws.count,
            level=level,
            power=_power(p_value, draws, level),
            train=AxisTest(
                statistics=tested.observed.train,
                q_values=_q_values(tested.train, p_value, idle[1]),
            ),
            targets=AxisTest(
                statistics=tested.observed.targets,
                q_values=_q_values(tested.targets, p_value, idle[0]),
            ),
        ),
        judged=Judged(
            sides=sides.sides,
            strengths=Pair(sides.strength_a, sides.strength_b),
            reliability=measure_reliability(*halves),
        ),
    )


def _q_values(p_values: np.ndarray, p_value: float, idle: np.ndarray) -> np.ndarray:
    """Return q-values, none below the global p-value.

    Few relabellings make few independent draws of all units together; whether anything differs at
    all is told by the global test alone.
    """
    q_values = np.asarray(np.maximum(benjamini_hochberg(p_values), p_value))
    q_values[idle] = 1.0
    return q_values


def _idle(problem: _Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the targets and the training examples whose scores are zero in every checkpoint."""
    targets, train = (
        ~np.any([each.any(axis=axis) for each in problem.scores.given], axis=0) for axis in (1, 0)
    )
    return np.flatnonzero(targets), np.flatnonzero(train)


def _power(p_value: float, draws: Relabellings, level: float) -> Power:
    least = (
        f"{draws.a} and {draws.b} checkpoints allow no p-value below {draws.smallest_p_value:.2g}"
    )
    if p_value <= level:
        return Power(
            models_needed=min(draws.a, draws.b),
            message=f"{draws.a} and {draws.b} checkpoints were enough to see a difference.",
        )
    if draws.smallest_p_value > level:
        return Power(
            models_needed=FEWEST_CHECKPOINTS + 1,
            message=f"{least}: too few for a level of {level:g}. Add a checkpoint a side.",
        )
    return Power(models_needed=None, message=f"{least}; the difference seen is within noise.")


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


def _check(
    a: np.ndarray, b: np.ndarray, directions: int, permutations: int, level: float, shrinkage: float
) -> None:
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
    if directions < 1:
        raise InputError(f"directions must be at least 1, found {directions}.")
    if permutations < 19:
        raise InputError(f"permutations must be at least 19, found {permutations}.")
    if not 0 < level < 1:
        raise InputError(f"level must lie between 0 and 1, found {level}.")
    if not 0 <= shrinkage <= 1:
        raise InputError(f"shrinkage must lie in [0, 1], found {shrinkage}.")
