from dataclasses import replace

import pytest
from corner_cases import claim

from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval
from traindiff.verification.base import Verdict
from traindiff.verification.verdicts import decide


def effect(low, high):
    return Interval(mean=(low + high) / 2, low=low, high=high)


NONE = effect(-0.01, 0.01)


def verdict(a, b, side="A", q_value=0.001, **changes):
    return Verdict(
        hypothesis=claim(side=side),
        state="not tested",
        reason="",
        effect=Pair(effect(*a), effect(*b)),
        placebo=Pair(NONE, NONE),
        q_value=q_value,
        epsilon=0.1,
        delta=0.5,
        **changes,
    )


@pytest.mark.parametrize(
    ("a", "b", "side", "state"),
    [
        ((0.6, 0.8), (-0.1, 0.1), "A", "confirmed"),
        ((-0.8, -0.6), (-0.05, 0.1), "A", "confirmed"),
        ((0.4, 0.8), (-0.1, 0.1), "A", "inconclusive"),
        ((0.6, 0.8), (-0.1, 0.2), "A", "inconclusive"),
        ((0.6, 0.8), (0.2, 0.3), "A", "refuted"),
        ((-0.4, 0.4), (-0.3, 0.3), "A", "refuted"),
        ((0.6, 0.8), (-0.1, 0.1), "B", "refuted"),
        ((0.6, 0.8), (-0.1, 0.1), None, "confirmed"),
        ((-0.1, 0.1), (0.6, 0.8), None, "confirmed"),
        ((0.6, 0.8), (0.6, 0.9), None, "refuted"),
        ((-0.2, 0.2), (-0.2, 0.2), None, "refuted"),
        ((-0.2, 0.3), (-0.6, 0.6), None, "inconclusive"),
    ],
)
def test_states_follow_from_the_intervals(a, b, side, state):
    assert decide(verdict(a, b, side)).state == state


def test_no_confirmation_without_the_correction_over_hypotheses():
    held = decide(verdict((0.6, 0.8), (-0.1, 0.1), q_value=0.06))
    assert held.state == "inconclusive"
    assert "q > 0.05" in held.reason


def test_a_placebo_that_does_the_same_is_pointed_out():
    plain = verdict((0.6, 0.8), (-0.1, 0.1))
    assert "Its placebo" not in decide(plain).reason
    strong = decide(replace(plain, placebo=Pair(effect(0.5, 0.7), NONE)))
    assert strong.state == "confirmed"
    assert "Its placebo" in strong.reason
    for other in (Pair(NONE, effect(0.5, 0.7)), Pair(effect(-0.7, -0.5), NONE)):
        assert "Its placebo" not in decide(replace(plain, placebo=other)).reason


def test_what_was_not_tested_stays_so():
    held = replace(verdict((0, 0), (0, 0)), effect=None, reason="No models.")
    assert decide(held) == held
