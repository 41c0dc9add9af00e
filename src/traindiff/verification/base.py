"""What verification says about a hypothesis."""

from dataclasses import dataclass
from typing import Literal

from traindiff.hypotheses import Hypothesis
from traindiff.pair import Pair
from traindiff.showing import Drawing
from traindiff.statistics.bootstrap import Interval
from traindiff.verification.showing import painter

__all__ = ["Dose", "State", "Verdict"]

State = Literal["confirmed", "refuted", "inconclusive", "not tested"]


@dataclass(frozen=True, kw_only=True)
class Dose:
    """The effects μ(F) on A and B at one strength of the transformation, and of its placebo.

    In units of the output, with their two-way intervals (METHOD §6); positive = the output rises.
    """

    strength: float
    effect: Pair[Interval]
    placebo: Pair[Interval]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one test.

    Parameters
    ----------
    hypothesis : Hypothesis
    state : {"confirmed", "refuted", "inconclusive", "not tested"}
    reason : str
        One sentence for people.
    effect : Pair of Interval, or None
        Effects on A and on B at the hypothesis's own strength; None where nothing was tested.
    difference : Interval or None
        Effect on A − effect on B.
    placebo : Pair of Interval, or None
        Effects of the same kind of transformation with random content.
    doses : tuple of Dose
        Dose-response, weakest first.
    p_value, q_value : float or None
        Of "A and B are moved alike", raw and Benjamini-Hochberg corrected over all hypotheses.
    epsilon, delta : float
        The verdict's thresholds, in units of the output.
    n_models : int
        Verification models a side.
    n_inputs : int
        Verification inputs.
    """

    hypothesis: Hypothesis
    state: State
    reason: str
    effect: Pair[Interval] | None = None
    difference: Interval | None = None
    placebo: Pair[Interval] | None = None
    doses: tuple[Dose, ...] = ()
    p_value: float | None = None
    q_value: float | None = None
    epsilon: float
    delta: float
    n_models: int = 0
    n_inputs: int = 0

    def plot_effects(self) -> Drawing:
        """Draw the effects of the transformation and of its placebo, with 95% intervals.

        Raises
        ------
        InputError
            When nothing was tested.
        """
        return painter().effects(self)

    def plot_doses(self) -> Drawing:
        """Draw the effects of the transformation against its strength.

        Raises
        ------
        InputError
            When nothing was tested.
        """
        return painter().doses(self)

    def _repr_html_(self) -> str:
        return painter().html(self)
