"""p-values of a comparison: at every scale the null hypothesis could have, and over all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.comparison.parts import Scales
from traindiff.comparison.testing.omnibus import AGREED, NEAR, OMNIBUS, ScaleTest, at_one_scale
from traindiff.comparison.testing.permutations import Draw, measured
from traindiff.comparison.testing.reduced import Candidates, Reduced
from traindiff.progress import Advance

__all__ = ["Inference", "infer"]

LEAST_SEEN = 0.5
SAME = 0.02
"""Difference of log scales that tells no example from another."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Inference:
    """What the null sample says (METHOD §5.1, §5.4, §5.8).

    The global p-value and those of directions are the maximum over all scales (Berger & Boos 1994).
    Those of targets are the maximum over the scales that fit as well as the one shown, or nearly;
    those of examples over the scales that half of the examples agree on, as well as any half does.
    Once A and B differ for sure, what a hopeless scale says of single examples is nothing to go by;
    nor is the best compromise between examples that differ and examples that do not.

    Parameters
    ----------
    p_value : float
        Global.
    p_values : array, shape [directions]
    train, targets : array, shape [train], [targets]
        p-values.
    statistics : dict of str to float
        p-value of each statistic of the omnibus.
    scales : Scales or None
    shown : ScaleTest
        At the scale at which A and B are shown.
    """

    p_value: float
    p_values: np.ndarray
    train: np.ndarray
    targets: np.ndarray
    statistics: dict[str, float]
    scales: Scales | None
    shown: ScaleTest

    def real(self, level: float) -> int:
        """Return how many directions are significant."""
        return 0 if self.p_value > level else int((self.p_values <= level).sum())


def infer(
    evidence: Reduced,
    candidates: Candidates | None,
    draws: Sequence[Draw],
    directions: int,
    advance: Advance,
) -> Inference:
    """Test "A and B use their training data alike", up to a scale where it is not known.

    Parameters
    ----------
    evidence : Reduced
    candidates : Candidates or None
        Scales to survive; None where A and B have a common one.
    draws : sequence of Draw
    directions : int
        How many to test, at most.
    advance : callable
    """
    known = candidates or Candidates(
        scales=np.ones(1), shown=1.0, common=np.zeros(0), dips=np.ones(1)
    )
    tried = np.concatenate([known.scales, known.common])
    whitenings = [evidence.whitening(float(scale)) for scale in tried]
    null = list(measured(draws, whitenings, advance))
    whole = evidence.whole()
    every = [
        at_one_scale(whitening, whole, [draw[i] for draw in null], directions)
        for i, whitening in enumerate(whitenings)
    ]
    tests = every[: len(known.scales)]
    shown = tests[int(np.argmin(np.abs(known.scales - known.shown)))]
    # At the true scale p is uniform; which one that is no one knows, so the largest is taken. For
    # single examples only scales that the data do not rule out count.
    near = [test for test in tests if test.height <= shown.height + NEAR]
    targets = np.max([test.targets for test in near], axis=0)
    by_scale = np.array([test.p_value for test in tests])
    return Inference(
        p_value=float(by_scale.max()),
        p_values=np.max([test.top.p_values for test in tests], axis=0),
        train=np.max([test.train for test in _agreed(every, known.dips)], axis=0),
        targets=np.where(evidence.about.seen >= LEAST_SEEN, targets, 1.0),
        statistics=_statistics(tests),
        scales=None
        if candidates is None
        else Scales(
            shown=float(evidence.about.true_scale(shown.whitening.scale)),
            tried=np.asarray(evidence.about.true_scale(known.scales)),
            p_values=by_scale,
        ),
        shown=shown,
    )


def _agreed(tests: Sequence[ScaleTest], dips: np.ndarray) -> list[ScaleTest]:
    """Return the tests at scales that some half of the examples fits best, or as well as any."""
    # Not the scale that fits all best: if A doubles its weights on a quarter of the examples, that
    # lies in between, and those that did not change would be named (METHOD §10.5).
    least = min(test.common for test in tests)
    best = [np.abs(np.log(test.whitening.scale / dips)).min() <= SAME for test in tests]
    return [t for t, dip in zip(tests, best, strict=True) if dip or t.common <= least + AGREED]


def _statistics(tests: Sequence[ScaleTest]) -> dict[str, float]:
    largest = np.max([test.single for test in tests], axis=0)
    return dict(zip(OMNIBUS, largest.tolist(), strict=True))
