"""p-values of a comparison: at every scale the null hypothesis could have, and over all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.comparison.base import Scales
from traindiff.comparison.omnibus import NEAR, OMNIBUS, ScaleTest, at_one_scale
from traindiff.comparison.permutations import Draw, measured
from traindiff.comparison.reduced import Candidates, Reduced
from traindiff.progress import Advance

__all__ = ["Inference", "infer"]

LEAST_SEEN = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Inference:
    """What the null sample says (METHOD §5.1, §5.4, §5.8).

    The global p-value and those of directions are the maximum over all scales (Berger & Boos 1994).
    Those of examples and targets are the maximum over the scales that fit as well as the one shown,
    or nearly so: once A and B differ for sure, what a hopeless scale says of single examples is
    nothing to go by.

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
    tried = np.ones(1) if candidates is None else candidates.scales
    whitenings = [evidence.whitening(float(scale)) for scale in tried]
    null = list(measured(draws, whitenings, advance))
    whole = evidence.whole()
    tests = [
        at_one_scale(whitening, whole, [draw[i] for draw in null], directions)
        for i, whitening in enumerate(whitenings)
    ]
    at = 0 if candidates is None else int(np.argmin(np.abs(tried - candidates.shown)))
    # At the true scale p is uniform; which one that is no one knows, so the largest is taken. For
    # single examples only scales that the data do not rule out count.
    near = [test for test in tests if test.height <= tests[at].height + NEAR]
    targets = np.max([test.targets for test in near], axis=0)
    by_scale = np.array([test.p_value for test in tests])
    return Inference(
        p_value=float(by_scale.max()),
        p_values=np.max([test.top.p_values for test in tests], axis=0),
        train=np.max([test.train for test in near], axis=0),
        targets=np.where(evidence.about.seen >= LEAST_SEEN, targets, 1.0),
        statistics=_statistics(tests),
        scales=None
        if candidates is None
        else Scales(shown=tests[at].whitening.scale, tried=tried, p_values=by_scale),
        shown=tests[at],
    )


def _statistics(tests: Sequence[ScaleTest]) -> dict[str, float]:
    largest = np.max([test.single for test in tests], axis=0)
    return dict(zip(OMNIBUS, largest.tolist(), strict=True))
