"""From measured effects to one of four words (METHOD §6)."""

from dataclasses import replace
from typing import Literal

from traindiff.verification.base import Effect, State, Verdict

__all__ = ["LEVEL", "decide"]

LEVEL = 0.05
"""False discovery rate at which A and B must be moved differently for a confirmation."""

_Side = Literal["A", "B"]


def decide(verdict: Verdict) -> Verdict:
    """Return the verdict with its state and a sentence that says why.

    A hypothesis is *confirmed* when the interval of the side expected to move lies beyond ±delta,
    the other's lies within ±epsilon, and the q-value of "both are moved alike" is at most 0.05. It
    is *refuted* when the side's interval lies within ±delta or the other's beyond ±epsilon: either
    alone contradicts METHOD §6's definition. Without an expected side it is confirmed when it holds
    for either side, and refuted only when it is refuted for both.
    """
    if verdict.a is None or verdict.b is None:
        return verdict
    larger: _Side = "A" if abs(verdict.a.mean) >= abs(verdict.b.mean) else "B"
    either: tuple[_Side, ...] = (larger, "B" if larger == "A" else "A")
    side = verdict.hypothesis.side
    outcomes = [_judge(verdict, each) for each in (either if side is None else (side,))]
    state, reason = next((o for o in outcomes if o[0] != "refuted"), outcomes[0])
    return replace(verdict, state=state, reason=reason)


def _judge(verdict: Verdict, side: _Side) -> tuple[State, str]:
    """Return the state and its reason when ``side`` is the one that should be moved."""
    assert verdict.a is not None
    assert verdict.b is not None
    other = "B" if side == "A" else "A"
    moved, still = (verdict.a, verdict.b) if side == "A" else (verdict.b, verdict.a)
    delta, epsilon = f"±{verdict.delta:.2g}", f"±{verdict.epsilon:.2g}"
    if _within(moved, verdict.delta):
        return "refuted", f"It hardly moves {side}: {_words(moved)} stays within {delta}."
    if _beyond(still, verdict.epsilon):
        return "refuted", f"It moves {other} too: {_words(still)} is beyond {epsilon}."
    if not _beyond(moved, verdict.delta):
        return "inconclusive", f"The effect on {side}, {_words(moved)}, may lie within {delta}."
    if not _within(still, verdict.epsilon):
        return "inconclusive", f"The effect on {other}, {_words(still)}, may lie beyond {epsilon}."
    if verdict.q_value is None or verdict.q_value > LEVEL:
        return "inconclusive", "That A and B are moved alike is not excluded (q > 0.05)."
    return "confirmed", (
        f"It moves {side} by {_words(moved)}, beyond {delta}, and {other} by {_words(still)}, "
        f"within {epsilon}.{_placebo(verdict, side, moved)}"
    )


def _placebo(verdict: Verdict, side: _Side, moved: Effect) -> str:
    """Return a warning where random content moves the side at least half as far."""
    placebo = verdict.placebo_a if side == "A" else verdict.placebo_b
    if placebo is None or placebo.mean * moved.mean <= 0:
        return ""
    if abs(placebo.mean) < abs(moved.mean) / 2 or not _beyond(placebo, 0):
        return ""
    return f" Its placebo moves {side} as well, by {_words(placebo)}: not this content alone does."


def _beyond(effect: Effect, limit: float) -> bool:
    return effect.low > limit or effect.high < -limit


def _within(effect: Effect, limit: float) -> bool:
    return -limit <= effect.low and effect.high <= limit


def _words(effect: Effect) -> str:
    return f"{effect.mean:+.3g} [{effect.low:+.3g}, {effect.high:+.3g}]"
