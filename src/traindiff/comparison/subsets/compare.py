"""The honest comparison: directions that are real, and "no difference" when there is none.

METHOD §5. Inference uses difference datamodels, whose estimation noise is known.
"""

import math
from dataclasses import dataclass

import numpy as np

from traindiff import seeding
from traindiff.comparison.base import AxisTest, Comparison, Directions, Judged, Scales, Test
from traindiff.comparison.directions.axes import Space, axes
from traindiff.comparison.directions.ownership import FOLDS, measure_sides
from traindiff.comparison.directions.refits import find, fit, parts
from traindiff.comparison.directions.reliability import measure_reliability
from traindiff.comparison.published import cosines, orientation
from traindiff.comparison.subsets.inference import Inference, infer
from traindiff.comparison.subsets.nuisance_scale import PILOT
from traindiff.comparison.subsets.permutations import differences
from traindiff.comparison.subsets.power import advise
from traindiff.comparison.subsets.reduced import Problem, prepare
from traindiff.datamodels import difference_weights, uninformative_train
from traindiff.errors import InputError
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Progress, Silent
from traindiff.statistics.permutation import benjamini_hochberg
from traindiff.threads import one_blas_thread

__all__ = ["compare"]

FEWEST_MODELS = 20


def compare(
    a: Outputs,
    b: Outputs,
    *,
    directions: int = 10,
    permutations: int = 200,
    seed: int = 0,
    level: float = 0.05,
    shrinkage: float = 0.3,
    paired: bool | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare how two learning algorithms use their training data (METHOD §5).

    Parameters
    ----------
    a, b : Outputs
        Same train and targets axes; the numbers of models and the masks may differ.
    directions : int
        Number of directions to compute, at most; fewer where the data have fewer dimensions.
    permutations : int
        Size of the null sample; the smallest possible p-value is 1 / (permutations + 1).
    seed : int
        Of the permutations and of the split into halves.
    level : float
        Significance level.
    shrinkage : float in [0, 1]
        Of the noise covariance toward its mean eigenvalue (METHOD §5.2).
    paired : bool, optional
        Whether row i of A and of B come from the same mask, so that what they share cancels.
        Default: whether the masks are equal.
    progress : Progress, optional

    Returns
    -------
    Comparison
        With ``method="honest"``.

    Raises
    ------
    InputError
        When A and B disagree in shape, there are fewer than 20 models a side, no target or no
        training example carries any information, too few permutations are asked for to reach
        ``level``, or masks that differ between A and B mostly repeat themselves.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> masks = rng.permuted(np.tile([0, 1], (400, 20)), axis=1)
    >>> def trained(weights):
    ...     values = masks @ weights + rng.normal(size=(400, 8))
    ...     return Outputs(masks=masks, values=values)
    >>> shared = rng.normal(size=(40, 8))
    >>> extra = np.outer(np.arange(40) < 5, np.arange(8) < 4)  # 5 examples that only A uses
    >>> found = compare(trained(shared + extra), trained(shared))
    >>> found.p_value < 0.01, sorted(found.subpopulation(0, size=5).positive_train.tolist())
    (True, [0, 1, 2, 3, 4])
    >>> compare(trained(shared), trained(shared)).p_value > 0.05
    True
    """
    _check(a, b, directions, permutations, level, shrinkage)
    paired = _paired(a, b, paired)
    targets, train = _informative(a, b)
    if not paired:
        _check_distinct(a, b)
    kept = _Kept(a=a, b=b, targets=targets, train=train)
    meter = progress or Silent()
    # Permutations run side by side, each on one thread: quicker than sharing every small product.
    with one_blas_thread():
        problem = prepare(
            _restrict(a, targets, train),
            _restrict(b, targets, train),
            paired=paired,
            shrinkage=shrinkage,
        )
        with meter.stage("permutations", PILOT + permutations) as advance:
            found = infer(
                problem,
                directions=directions,
                permutations=permutations,
                seed=seeding.derive(seed, "compare"),
                advance=advance,
            )
        return _assemble(kept, problem, found, directions, permutations, level, seed)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Kept:
    """The outputs as given, and which of their targets and training examples are informative."""

    a: Outputs
    b: Outputs
    targets: np.ndarray
    train: np.ndarray

    def on_train(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        return _scatter(values, self.train, self.a.n_train, fill)

    def on_targets(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        return _scatter(values, self.targets, self.a.n_targets, fill)

    def weights(self, side: Outputs) -> np.ndarray:
        """Return difference datamodels [targets, train], 0 where excluded."""
        kept = _restrict(side, self.targets, self.train)
        weights = self.on_train(difference_weights(kept.masks, kept.values))
        return self.on_targets(weights.T).T


def _assemble(
    kept: _Kept,
    problem: Problem,
    found: Inference,
    directions: int,
    permutations: int,
    level: float,
    seed: int,
) -> Comparison:
    whitening = found.whitening
    space = _space(found, directions, level)
    known = axes(*differences(problem), whitening, space).first(directions)
    halves = [find(fit(problem, half), whitening, known, space) for half in parts(problem, 2, seed)]
    folds = [fit(problem, fold) for fold in parts(problem, FOLDS, seed)]
    sides = measure_sides(folds, whitening, known, space)
    weights_a, weights_b = kept.weights(kept.a), kept.weights(kept.b)
    rows = kept.on_train(known.directions)
    projections = (weights_a - np.float32(whitening.scale) * weights_b) @ rows.T
    signs = orientation(projections)
    n_models = Pair(kept.a.n_models, kept.b.n_models)
    totals = tuple(float(np.square(half.z).sum()) / 2 for half in halves)
    return Comparison(
        method="honest",
        found=Directions(
            rows=rows * signs[:, None],
            projections=projections * signs,
            explained=Pair(sides.explained_a, sides.explained_b),
            singular_values=known.strengths,
        ),
        similarity=cosines(weights_a, weights_b),
        excluded_targets=np.setdiff1d(np.arange(kept.a.n_targets), kept.targets),
        excluded_train=np.setdiff1d(np.arange(kept.a.n_train), kept.train),
        n_models=n_models,
        paired=problem.paired,
        test=Test(
            p_value=found.p_value,
            p_values=found.p_values[: len(rows)],
            statistics=found.tests,
            null_level=found.top.level(space.rank, level),
            permutations=permutations,
            level=level,
            power=advise(found, totals, n_models=min(n_models), level=level),
            train=AxisTest(
                statistics=kept.on_train(found.observed.train),
                q_values=kept.on_train(benjamini_hochberg(found.train_p_values), fill=1.0),
            ),
            targets=AxisTest(
                statistics=kept.on_targets(found.observed.targets),
                q_values=kept.on_targets(benjamini_hochberg(found.target_p_values), fill=1.0),
            ),
        ),
        judged=Judged(
            sides=sides.sides,
            strengths=Pair(sides.strength_a, sides.strength_b),
            reliability=measure_reliability(*halves),
        ),
        scales=Scales(shown=whitening.scale, tried=found.scales, p_values=found.scale_p_values),
    )


def _space(found: Inference, directions: int, level: float) -> Space:
    """Return where the significant directions are, or the first one where none is."""
    real = 0 if found.p_value > level else int((found.p_values[:directions] <= level).sum())
    return Space(rank=found.top.rank(real), size=max(real, 1))


def _check(
    a: Outputs, b: Outputs, directions: int, permutations: int, level: float, shrinkage: float
) -> None:
    for axis in ("n_train", "n_targets"):
        if getattr(a, axis) != getattr(b, axis):
            raise InputError(
                f"A has {getattr(a, axis)} and B has {getattr(b, axis)} on the {axis[2:]} axis: "
                "both must be trained on, and measured on, the same examples in the same order."
            )
    for name, side in (("A", a), ("B", b)):
        if side.n_models < FEWEST_MODELS:
            raise InputError(
                f"{name} has {side.n_models} models; at least {FEWEST_MODELS} a side are needed to "
                "tell a difference from noise, and several hundred to find most differences."
            )
    if directions < 1:
        raise InputError(f"directions must be at least 1, found {directions}.")
    if not 0 < level < 1:
        raise InputError(f"level must lie between 0 and 1, found {level}.")
    least = math.ceil(1 / level) - 1
    if permutations < least:
        raise InputError(
            f"permutations must be at least {least}, or no p-value can reach {level:g}; found "
            f"{permutations}."
        )
    if not 0 <= shrinkage <= 1:
        raise InputError(f"shrinkage must lie in [0, 1], found {shrinkage}.")


def _paired(a: Outputs, b: Outputs, asked: bool | None) -> bool:
    equal = np.array_equal(a.masks, b.masks)
    if asked and not equal:
        raise InputError(
            "paired=True needs equal masks for A and B, row by row; these differ. Leave it out to "
            "compare them as independent ensembles."
        )
    return equal if asked is None else asked


def _check_distinct(a: Outputs, b: Outputs) -> None:
    """Refuse several models a mask: permuted among masks, they would not be exchangeable."""
    for name, side in (("A", a), ("B", b)):
        distinct = len(np.unique(np.packbits(side.masks, axis=1), axis=0))
        if distinct < _expected_distinct(side) / 2:
            raise InputError(
                f"{name} has {side.n_models} models on {distinct} masks. Where A and B have other "
                "masks, models of one mask are not independent: average their outputs, or give A "
                "and B the same masks, row by row."
            )


def _expected_distinct(side: Outputs) -> float:
    """Return how many masks differ if each is drawn at random from all subsets of its size."""
    n, m = side.n_train, side.n_models
    possible = float(min(math.comb(n, round(n * side.masks.mean())), 10**15))
    return -possible * math.expm1(-m / possible)


def _informative(a: Outputs, b: Outputs) -> tuple[np.ndarray, np.ndarray]:
    """Return the targets that vary, and the train examples in and out of masks, in A and in B."""
    constant = (np.ptp(a.values, axis=0) == 0) | (np.ptp(b.values, axis=0) == 0)
    if constant.all():
        raise InputError(
            "every target has the same output from all models of A, or from all models of B: there "
            "is nothing to compare. Are the outputs those of models trained on different subsets?"
        )
    dull = np.union1d(uninformative_train(a.masks), uninformative_train(b.masks))
    if len(dull) >= a.n_train - 1:
        raise InputError(
            f"{len(dull)} of {a.n_train} training examples are in every mask or in none, in A or "
            "in B: masks must be random subsets that differ from model to model."
        )
    return np.flatnonzero(~constant), np.setdiff1d(np.arange(a.n_train), dull)


def _restrict(side: Outputs, targets: np.ndarray, train: np.ndarray) -> Outputs:
    return Outputs(masks=side.masks[:, train], values=side.values[:, targets])


def _scatter(values: np.ndarray, kept: np.ndarray, size: int, fill: float = 0.0) -> np.ndarray:
    """Return ``values`` at the kept indices of a last axis of ``size``, ``fill`` elsewhere."""
    full = np.full((*values.shape[:-1], size), fill, dtype=values.dtype)
    full[..., kept] = values
    return full
