"""What verification says about a hypothesis."""

from dataclasses import dataclass
from typing import Literal

from traindiff.hypotheses import Hypothesis

__all__ = ["Dose", "Effect", "State", "Verdict"]

State = Literal["confirmed", "refuted", "inconclusive", "not tested"]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A counterfactual effect μ(F) with its two-way bootstrap interval (METHOD §6)."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Dose:
    """The effects at one strength of the transformation, and of its placebo."""

    strength: float
    a: Effect
    b: Effect
    placebo_a: Effect
    placebo_b: Effect


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one test.

    Parameters
    ----------
    hypothesis : Hypothesis
    state : {"confirmed", "refuted", "inconclusive", "not tested"}
    reason : str
        One sentence for people.
    a, b, difference : Effect or None
        Effect on A, on B, and A − B, at the hypothesis's own strength.
    placebo_a, placebo_b : Effect or None
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
    a: Effect | None = None
    b: Effect | None = None
    difference: Effect | None = None
    placebo_a: Effect | None = None
    placebo_b: Effect | None = None
    doses: tuple[Dose, ...] = ()
    p_value: float | None = None
    q_value: float | None = None
    epsilon: float
    delta: float
    n_models: int = 0
    n_inputs: int = 0
