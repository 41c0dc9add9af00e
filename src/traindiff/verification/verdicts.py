"""From measured effects to one of four words (METHOD §6)."""

from dataclasses import replace
from typing import Literal

from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval
from traindiff.verification.base import State, Verdict

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
    if verdict.effect is None:
        return verdict
    larger: _Side = "A" if abs(verdict.effect.a.mean) >= abs(verdict.effect.b.mean) else "B"
    either: tuple[_Side, ...] = (larger, "B" if larger == "A" else "A")
    side = verdict.hypothesis.side
    outcomes = [
        _judge(verdict, verdict.effect, each) for each in (either if side is None else (side,))
    ]
    state, reason = next((o for o in outcomes if o[0] != "refuted"), outcomes[0])
    return replace(verdict, state=state, reason=reason)


def _judge(verdict: Verdict, effect: Pair[Interval], side: _Side) -> tuple[State, str]:
    """Return the state and its reason when ``side`` is the one that should be moved."""
    other = "B" if side == "A" else "A"
    moved, still = (effect.a, effect.b) if side == "A" else (effect.b, effect.a)
    delta, epsilon = f"±{verdict.delta:.2g}", f"±{verdict.epsilon:.2g}"
    if moved.within(verdict.delta):
        return "refuted", f"It hardly moves {side}: {_words(moved)} stays within {delta}."
    if still.beyond(verdict.epsilon):
        return "refuted", f"It moves {other} too: {_words(still)} is beyond {epsilon}."
    if not moved.beyond(verdict.delta):
        return "inconclusive", f"The effect on {side}, {_words(moved)}, may lie within {delta}."
    if not still.within(verdict.epsilon):
        return "inconclusive", f"The effect on {other}, {_words(still)}, may lie beyond {epsilon}."
    if verdict.q_value is None or verdict.q_value > LEVEL:
        return "inconclusive", "That A and B are moved alike is not excluded (q > 0.05)."
    return "confirmed", (
        f"It moves {side} by {_words(moved)}, beyond {delta}, and {other} by {_words(still)}, "
        f"within {epsilon}.{_warning(verdict, side, moved)}"
    )


def _warning(verdict: Verdict, side: _Side, moved: Interval) -> str:
    """Return a warning where random content moves the side at least half as far."""
    if verdict.placebo is None:
        return ""
    placebo = verdict.placebo.a if side == "A" else verdict.placebo.b
    alike = placebo.mean * moved.mean > 0 and abs(placebo.mean) >= abs(moved.mean) / 2
    if not alike or not placebo.beyond(0):
        return ""
    return f" Its placebo moves {side} as well, by {_words(placebo)}: not this content alone does."


def _words(effect: Interval) -> str:
    return f"{effect.mean:+.3g} [{effect.low:+.3g}, {effect.high:+.3g}]"
