"""From measured effects to two answers and one of five words (METHOD §6, 10.11)."""

from dataclasses import dataclass, replace
from typing import Literal

from traindiff.statistics.bootstrap import Interval
from traindiff.verification.base import Answer, State, Verdict

__all__ = ["LEVEL", "decide"]

LEVEL = 0.05
"""False discovery rate at which A and B must be moved differently for a confirmation."""

_Side = Literal["A", "B"]


def decide(verdict: Verdict) -> Verdict:
    """Return the verdict with its two answers, its state and sentences that say why.

    A hypothesis is *confirmed* when the interval of the side expected to move lies beyond ±delta,
    the other's lies within ±epsilon, the q-value of "both are moved alike" is at most 0.05, and the
    side is moved further than by the placebo. Without all of that it is a *contrast* when the
    difference lies beyond ±delta (same q) and the side is the one moved more. It is *refuted* when
    the side's interval lies within ±delta or, without a contrast, the other's beyond ±epsilon.
    Without an expected side it is judged for either, and refuted only when it is so for both.
    """
    if verdict.effect is None:
        return verdict
    larger: _Side = "A" if abs(verdict.effect.a.mean) >= abs(verdict.effect.b.mean) else "B"
    either: tuple[_Side, ...] = (larger, "B" if larger == "A" else "A")
    side = verdict.hypothesis.side
    judged = [_Claim.of(verdict, each).judge() for each in (either if side is None else (side,))]
    return next((each for each in judged if each.state != "refuted"), judged[0])


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """That ``side`` is moved and the other is not, with what was measured of it."""

    verdict: Verdict
    side: _Side
    moved: Interval
    other: Interval
    difference: Interval
    placebo: Interval | None
    excess: Interval | None

    @classmethod
    def of(cls, verdict: Verdict, side: _Side) -> "_Claim":
        assert verdict.effect is not None
        assert verdict.difference is not None
        ends = (0, 1) if side == "A" else (1, 0)
        moved, other = (tuple(verdict.effect)[end] for end in ends)
        placebo, excess = (
            None if pair is None else tuple(pair)[ends[0]]
            for pair in (verdict.placebo, verdict.excess)
        )
        return cls(
            verdict=verdict,
            side=side,
            moved=moved,
            other=other,
            difference=verdict.difference,
            placebo=placebo,
            excess=excess,
        )

    def judge(self) -> Verdict:
        """Return the verdict on this claim."""
        state, reason = self._outcome()
        return replace(
            self.verdict,
            side=self.side,
            contrast=_beyond(self.difference, self.verdict.delta),
            still=_within(self.other, self.verdict.epsilon),
            state=state,
            reason=reason,
        )

    def _outcome(self) -> tuple[State, str]:
        delta, epsilon = self.verdict.delta, self.verdict.epsilon
        if self.moved.within(delta):
            return (
                "refuted",
                f"It hardly moves {self.side}: {self._effect} stays within {_pm(delta)}.",
            )
        if self._is_contrast and self._doubts:
            return "contrast", f"{self._more} {' '.join(self._doubts)}"
        if self.other.beyond(epsilon):
            return "refuted", f"It moves {self._rest} too: {self._others} is beyond {_pm(epsilon)}."
        if self._doubts:
            return "inconclusive", " ".join(self._doubts)
        return "confirmed", self._confirmed

    @property
    def _is_contrast(self) -> bool:
        more = abs(self.moved.mean) >= abs(self.other.mean)
        return more and self._told_apart and self.difference.beyond(self.verdict.delta)

    @property
    def _told_apart(self) -> bool:
        return self.verdict.q_value is not None and self.verdict.q_value <= LEVEL

    @property
    def _doubts(self) -> tuple[str, ...]:
        """What keeps the claim from being confirmed, a sentence each."""
        delta, epsilon = _pm(self.verdict.delta), _pm(self.verdict.epsilon)
        found = {
            f"The effect on {self.side}, {self._effect}, may lie within {delta}.": (
                not self.moved.beyond(self.verdict.delta)
            ),
            f"{self._rest} is moved too: {self._others} is beyond {epsilon}.": (
                self.other.beyond(self.verdict.epsilon)
            ),
            f"The effect on {self._rest}, {self._others}, may lie beyond {epsilon}.": (
                _within(self.other, self.verdict.epsilon) == "unclear"
            ),
            "That A and B are moved alike is not excluded (q > 0.05).": not self._told_apart,
            self._as_a_kind: not self._exceeds_placebo,
        }
        return tuple(sentence for sentence, doubted in found.items() if doubted)

    @property
    def _exceeds_placebo(self) -> bool:
        if self.excess is None:
            return True
        return self.excess.low > 0 if self.moved.mean > 0 else self.excess.high < 0

    @property
    def _as_a_kind(self) -> str:
        by = "" if self.placebo is None else f", by {_words(self.placebo)}"
        return (
            f"Its placebo may move {self.side} as far{by}: at most the kind of change is "
            "confirmed, not this content."
        )

    @property
    def _confirmed(self) -> str:
        return (
            f"It moves {self.side} by {self._effect}, beyond {_pm(self.verdict.delta)}, and "
            f"{self._rest} by {self._others}, within {_pm(self.verdict.epsilon)}.{self._warning}"
        )

    @property
    def _warning(self) -> str:
        """A warning where random content moves the side at least half as far."""
        if self.placebo is None or not self.placebo.beyond(0):
            return ""
        share = self.placebo.mean / self.moved.mean
        if share < 0.5:
            return ""
        found = _words(self.placebo)
        return f" Its placebo moves {self.side} as well, by {found}: not this content alone does."

    @property
    def _more(self) -> str:
        return (
            f"It moves {self.side} more than {self._rest}: by {self._effect} against "
            f"{self._others}; A − B, {_words(self.difference)}, is beyond "
            f"{_pm(self.verdict.delta)}."
        )

    @property
    def _rest(self) -> _Side:
        return "B" if self.side == "A" else "A"

    @property
    def _effect(self) -> str:
        return _words(self.moved)

    @property
    def _others(self) -> str:
        return _words(self.other)


def _beyond(interval: Interval, limit: float) -> Answer:
    return "yes" if interval.beyond(limit) else "no" if interval.within(limit) else "unclear"


def _within(interval: Interval, limit: float) -> Answer:
    return "yes" if interval.within(limit) else "no" if interval.beyond(limit) else "unclear"


def _pm(limit: float) -> str:
    return f"±{limit:.2g}"


def _words(effect: Interval) -> str:
    return f"{effect.mean:+.3g} [{effect.low:+.3g}, {effect.high:+.3g}]"
