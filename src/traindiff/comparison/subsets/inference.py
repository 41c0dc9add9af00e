"""p-values of a comparison: at every scale the null hypothesis could have, and over all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.comparison.omnibus import TopTest, top_test
from traindiff.comparison.subsets.nuisance_scale import NEAR, candidate_scales
from traindiff.comparison.subsets.permutations import differences, permuted
from traindiff.comparison.subsets.reduced import Problem
from traindiff.comparison.whitened import OMNIBUS, Measured, Whitening
from traindiff.progress import Advance
from traindiff.statistics.permutation import (
    joint_p_value,
    permutation_p_values,
    pooled_p_values,
)

__all__ = ["Inference", "ScaleTest", "at_one_scale", "infer"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Inference:
    """What the permutation test says (METHOD §5.1, §5.4, §5.8).

    What is shown is seen through `whitening` (see `nuisance_scale.Candidates`). The global
    p-value and those of directions are the maximum over all scales. Those of examples and targets
    are the maximum over the scales that fit as well as the one shown, or nearly so: once A and B
    differ for sure, what a hopeless scale says of single examples is nothing to go by.

    Parameters
    ----------
    p_value : float
        Global.
    p_values : array, shape [directions]
    train_p_values, target_p_values : array, shape [train], [targets]
    observed : Measured
        The statistics at its scale.
    tests : dict of str to float
        p-value of each statistic of the omnibus.
    total_null : tuple of 2 floats
        Standard deviation and mean of the null of the sum of squares at its scale.
    top : TopTest
        Of the singular values, at its scale.
    scales, scale_p_values : array, shape [scales]
    whitening : Whitening
    """

    p_value: float
    p_values: np.ndarray
    train_p_values: np.ndarray
    target_p_values: np.ndarray
    observed: Measured
    tests: dict[str, float]
    total_null: tuple[float, float]
    top: TopTest
    scales: np.ndarray
    scale_p_values: np.ndarray
    whitening: Whitening


def infer(
    problem: Problem,
    *,
    directions: int,
    permutations: int,
    seed: int,
    advance: Advance,
) -> Inference:
    """Test "A and B use their training data alike, up to a scale"."""
    candidates = candidate_scales(problem, seed, advance)
    scales = candidates.scales
    whitenings = [problem.whitening(float(scale)) for scale in scales]
    draws = list(permuted(problem, whitenings, permutations, seed, advance))
    a, b = differences(problem)
    tests = [
        at_one_scale(whitening, a, b, [draw[i] for draw in draws], directions)
        for i, whitening in enumerate(whitenings)
    ]
    by_scale = np.array([test.p_value for test in tests])
    shown = tests[int(np.argmin(np.abs(scales - candidates.shown)))]
    near = [test for test in tests if test.height <= shown.height + NEAR]
    total = shown.null[:, OMNIBUS.index("total")]
    single = np.max([test.single for test in tests], axis=0)
    return Inference(
        p_value=float(by_scale.max()),
        p_values=np.max([test.top.p_values for test in tests], axis=0),
        train_p_values=np.max([test.train for test in near], axis=0),
        target_p_values=_seen(np.max([test.targets for test in near], axis=0), problem),
        observed=shown.observed,
        tests=dict(zip(OMNIBUS, single.tolist(), strict=True)),
        total_null=(float(total.std()), float(total.mean())),
        top=shown.top,
        scales=scales,
        scale_p_values=by_scale,
        whitening=shown.whitening,
    )


def _seen(p_values: np.ndarray, problem: Problem) -> np.ndarray:
    """Return the targets' p-values, 1 for those of which the basis holds less than half.

    Of the others, what is seen would be mostly their neighbours'.
    """
    return np.where(problem.seen >= 0.5, p_values, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaleTest:
    """What the null sample says at one scale.

    Parameters
    ----------
    whitening : Whitening
    observed : Measured
    statistics : array, shape [3]
        Of the omnibus, as observed.
    null : array, shape [permutations, 3]
        The same under the null.
    p_value : float
        Of the omnibus.
    single : array, shape [3]
        p-value of each of its statistics.
    top : TopTest
    train, targets : array, shape [train], [targets]
        p-values.
    """

    whitening: Whitening
    observed: Measured
    statistics: np.ndarray
    null: np.ndarray
    p_value: float
    single: np.ndarray
    top: TopTest
    train: np.ndarray
    targets: np.ndarray

    @property
    def height(self) -> float:
        """How far the sum of squares is above its null mean, in its standard deviations."""
        at = OMNIBUS.index("total")
        spread = float(self.null[:, at].std())
        return float(self.statistics[at] - self.null[:, at].mean()) / spread if spread else 0.0


def at_one_scale(
    whitening: Whitening, a: np.ndarray, b: np.ndarray, draws: Sequence[Measured], directions: int
) -> ScaleTest:
    """Test the difference of two sets of datamodels in the basis against null ``draws``."""
    observed = whitening.measure(a, b)
    tops = np.array([draw.tops for draw in draws])
    top = top_test(whitening.whitened(a, b), whitening.ranks, tops, directions)
    statistics = np.array([top.heights[:, 0].max(), observed.total, observed.largest])
    null = np.column_stack([top.null, [(draw.total, draw.largest) for draw in draws]])
    return ScaleTest(
        whitening=whitening,
        observed=observed,
        statistics=statistics,
        null=null,
        p_value=joint_p_value(statistics, null),
        single=np.array(
            [permutation_p_values(statistics[i : i + 1], null[:, i])[0] for i in range(len(null.T))]
        ),
        top=top,
        train=pooled_p_values(observed.train, np.array([draw.train for draw in draws])),
        targets=pooled_p_values(observed.targets, np.array([draw.targets for draw in draws])),
    )
