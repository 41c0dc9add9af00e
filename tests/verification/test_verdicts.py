from dataclasses import replace

import pytest
from corner_cases import claim

from traindiff.verification.base import Effect, Verdict
from traindiff.verification.verdicts import decide


def effect(low, high):
    return Effect(mean=(low + high) / 2, low=low, high=high)


def verdict(a, b, side="A", q_value=0.001, **changes):
    return Verdict(
        hypothesis=claim(side=side),
        state="not tested",
        reason="",
        a=effect(*a),
        b=effect(*b),
        placebo_a=effect(-0.01, 0.01),
        placebo_b=effect(-0.01, 0.01),
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
    strong = decide(replace(plain, placebo_a=effect(0.5, 0.7)))
    assert strong.state == "confirmed"
    assert "Its placebo" in strong.reason
    assert "Its placebo" not in decide(replace(plain, placebo_b=effect(0.5, 0.7))).reason
    assert "Its placebo" not in decide(replace(plain, placebo_a=effect(-0.7, -0.5))).reason


def test_what_was_not_tested_stays_so():
    held = replace(verdict((0, 0), (0, 0)), a=None, b=None, reason="No models.")
    assert decide(held) == held
