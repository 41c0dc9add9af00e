"""The honest comparison of two ensembles whose models saw random subsets (METHOD §5).

Inference uses difference datamodels, whose estimation noise is known.
"""

from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Literal

from traindiff.comparison.base import Comparison
from traindiff.comparison.honest import decide
from traindiff.comparison.parts import Estimator
from traindiff.comparison.subsets.alignment import apart, misaligned
from traindiff.comparison.subsets.least_squares import enough_models
from traindiff.comparison.subsets.pairing import Matched, match
from traindiff.comparison.subsets.prepare import prepare
from traindiff.comparison.subsets.same_examples import in_one_order
from traindiff.comparison.subsets.strengths import strength_p_value
from traindiff.comparison.testing.settings import Settings
from traindiff.errors import InputError, one_of
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.threads import one_blas_thread

__all__ = ["FEWEST_MODELS", "compare"]

FEWEST_MODELS = 20
ESTIMATORS = ("difference", "least-squares", "auto")
CLEARLY_ENOUGH = 3
"""Models a training example; with 2, least squares hardly knows its noise and finds less."""


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
    estimator: Estimator | Literal["auto"] = "difference",
    progress: Progress | None = None,
) -> Comparison:
    """Compare how two learning algorithms use their training data (METHOD §5).

    Parameters
    ----------
    a, b : Outputs
        Same train and targets axes, in whatever order where both have ids; the numbers of models
        and the masks may differ.
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
        Whether models of A and B that saw the same subset are compared as pairs, so that what they
        share cancels. Rows are matched by their masks, in whatever order. Default: if 80% of the
        smaller side's have a partner; the others are left out (``unmatched_models``). True demands
        that all have one.
    estimator : {"difference", "least-squares", "auto"}
        How datamodels are made (METHOD §8). Least squares knows what the other training examples,
        or groups of them, do, and so does not take it for noise; it needs pairs, and models enough.
        "auto": least squares where models are paired and at least 3 a training example.
    progress : Progress, optional

    Returns
    -------
    Comparison
        With ``method="honest"``.

    Raises
    ------
    InputError
        When A and B disagree in shape, ids or labels, there are fewer than 20 models a side, no
        target or no training example carries any information, too few permutations are asked for to
        reach ``level``, least squares is asked for without pairs or with fewer than 2 models a
        training example, or masks are related (a chain, few masks for many models) so that neither
        models nor blocks of them are exchangeable.

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
    settings = Settings(
        directions=directions,
        permutations=permutations,
        level=level,
        shrinkage=shrinkage,
        seed=seed,
    )
    _check_axes(Pair(a, b))
    given = in_one_order(Pair(a, b))
    _check_models(given, "has")
    models = match(given, paired)
    _check_models(models.outputs, "has, with a partner,")
    with one_blas_thread():
        chosen = _estimator(models, estimator)
        found = decide(prepare(models, shrinkage=shrinkage, estimator=chosen), settings, progress)
        return _told(found, models, settings)


def _told(found: Comparison, models: Matched, settings: Settings) -> Comparison:
    """Return a comparison with what else explains what was found, or makes it meaningless."""
    test, judged = found.test, found.judged
    assert test is not None, "an honest comparison has a test"
    assert judged is not None, "and its directions are judged"
    if test.significant:
        p = strength_p_value(models, test.p_value, settings, found.estimator)
        test = replace(test, strength=p)
    return replace(
        found,
        test=test,
        misaligned=misaligned(models.outputs, judged),
        cautions=(*found.cautions, *apart(judged)),
    )


def _check_axes(given: Pair[Outputs]) -> None:
    for axis in ("n_train", "n_targets"):
        a, b = given.map(attrgetter(axis))
        if a != b:
            raise InputError(
                f"A has {a} and B has {b} on the {axis[2:]} axis: "
                "both must be trained on, and measured on, the same examples in the same order."
            )


def _check_models(sides: Pair[Outputs], has: str) -> None:
    for name, side in sides.items():
        if side.n_models < FEWEST_MODELS:
            raise InputError(
                f"{name} {has} {side.n_models} models; at least {FEWEST_MODELS} a side are needed "
                "to tell a difference from noise, and several hundred to find most differences."
            )


def _estimator(models: Matched, asked: Estimator | Literal["auto"]) -> Estimator:
    one_of("estimator", asked, ESTIMATORS, "datamodels are made by")
    side, paired = models.outputs.a, models.paired
    enough = partial(enough_models, side.n_models, side.n_train)
    if asked == "auto":
        return "least-squares" if paired and enough(models_a_group=CLEARLY_ENOUGH) else "difference"
    if asked == "least-squares" and not (paired and enough()):
        raise InputError(
            f"least squares needs equal masks for A and B, and at least 2 models a "
            f"training example or group; found {side.n_models} models for {side.n_train}, "
            f"{'paired' if paired else 'unpaired'}. Leave the estimator out."
        )
    return asked
