"""What verification says about a hypothesis."""

from dataclasses import dataclass
from typing import Literal

from traindiff.hypotheses import Hypothesis
from traindiff.pair import Pair
from traindiff.showing import Drawing
from traindiff.statistics.bootstrap import Interval
from traindiff.verification.showing import painter

__all__ = ["Answer", "Dose", "State", "Verdict"]

State = Literal["confirmed", "contrast", "refuted", "inconclusive", "not tested"]
Answer = Literal["yes", "no", "unclear"]


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
    state : {"confirmed", "contrast", "refuted", "inconclusive", "not tested"}
        "contrast": one side is moved more than the other, without all that "confirmed" needs.
    reason : str
        For people.
    side : {"A", "B"} or None
        Whom it is said to move; None where nothing was tested.
    contrast : {"yes", "no", "unclear"} or None
        Whether A and B are moved differently: their difference lies beyond ±delta, or within it.
    still : {"yes", "no", "unclear"} or None
        Whether the other side is not moved: its effect lies within ±epsilon, or beyond it.
    limits : tuple of str
        What this test could not see; one sentence each.
    effect : Pair of Interval, or None
        Effects on A and on B at the hypothesis's own strength; None where nothing was tested.
    difference : Interval or None
        Effect on A − effect on B.
    placebo : Pair of Interval, or None
        Effects of the same kind of transformation with random content.
    excess : Pair of Interval, or None
        Effect − the placebo's effect, on the same models and inputs.
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
    n_groups : int or None
        Groups of inputs that are one unit each; None where each input is.
    """

    hypothesis: Hypothesis
    state: State
    reason: str
    side: Literal["A", "B"] | None = None
    contrast: Answer | None = None
    still: Answer | None = None
    limits: tuple[str, ...] = ()
    effect: Pair[Interval] | None = None
    difference: Interval | None = None
    placebo: Pair[Interval] | None = None
    excess: Pair[Interval] | None = None
    doses: tuple[Dose, ...] = ()
    p_value: float | None = None
    q_value: float | None = None
    epsilon: float
    delta: float
    n_models: int = 0
    n_inputs: int = 0
    n_groups: int | None = None

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
