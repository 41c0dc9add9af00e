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


def verdict(a, b, side="A", q_value=0.001, placebo=(-0.01, 0.01), epsilon=0.1, delta=0.5):
    moved = effect(*a) if side != "B" else effect(*b)
    beyond = effect(moved.low - placebo[1], moved.high - placebo[0])
    return Verdict(
        hypothesis=claim(side=side),
        state="not tested",
        reason="",
        effect=Pair(effect(*a), effect(*b)),
        difference=effect(a[0] - b[1], a[1] - b[0]),
        placebo=Pair(effect(*placebo), NONE) if side != "B" else Pair(NONE, effect(*placebo)),
        excess=Pair(beyond, effect(*b)) if side != "B" else Pair(effect(*a), beyond),
        q_value=q_value,
        epsilon=epsilon,
        delta=delta,
    )


@pytest.mark.parametrize(
    ("a", "b", "side", "state"),
    [
        ((0.6, 0.8), (-0.1, 0.1), "A", "confirmed"),
        ((-0.8, -0.6), (-0.05, 0.1), "A", "confirmed"),
        ((0.4, 0.8), (-0.1, 0.1), "A", "inconclusive"),
        ((0.6, 0.8), (-0.1, 0.2), "A", "inconclusive"),
        ((0.6, 0.8), (0.2, 0.3), "A", "refuted"),
        ((1.2, 1.4), (0.2, 0.3), "A", "contrast"),
        ((1.2, 1.4), (-0.1, 0.2), "A", "contrast"),
        ((1.2, 1.4), (-0.1, 0.2), None, "contrast"),
        ((-0.1, 0.2), (-1.4, -1.2), None, "contrast"),
        ((0.2, 0.3), (1.2, 1.4), "A", "refuted"),
        ((0.3, 0.45), (-0.45, -0.3), "A", "refuted"),
        ((0.6, 0.8), (-0.9, -0.7), "A", "refuted"),
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


@pytest.mark.parametrize(
    ("a", "b", "contrast", "still"),
    [
        ((1.2, 1.4), (0.2, 0.3), "yes", "no"),
        ((1.2, 1.4), (-0.1, 0.2), "yes", "unclear"),
        ((0.6, 0.8), (-0.1, 0.1), "unclear", "yes"),
        ((0.1, 0.2), (0.1, 0.2), "no", "unclear"),
    ],
)
def test_contrast_and_stillness_are_two_answers(a, b, contrast, still):
    held = decide(verdict(a, b))
    assert (held.side, held.contrast, held.still) == ("A", contrast, still)


def test_the_words_are_the_same_with_a_and_b_swapped():
    for a, b in [((1.2, 1.4), (0.2, 0.3)), ((0.6, 0.8), (-0.1, 0.1)), ((-0.3, 0.2), (0.6, 0.9))]:
        straight, swapped = decide(verdict(a, b)), decide(verdict(b, a, side="B"))
        told = (straight.state, straight.contrast, straight.still)
        assert told == (swapped.state, swapped.contrast, swapped.still)


@pytest.mark.parametrize(("a", "b"), [((0.6, 0.8), (-0.1, 0.1)), ((1.6, 1.8), (0.3, 0.4))])
def test_no_claim_without_the_correction_over_hypotheses(a, b):
    held = decide(verdict(a, b, q_value=0.06))
    assert held.state in {"inconclusive", "refuted"}
    assert decide(verdict(a, b)).state in {"confirmed", "contrast"}


def test_why_it_is_inconclusive_is_said():
    assert "q > 0.05" in decide(verdict((0.6, 0.8), (-0.1, 0.1), q_value=0.06)).reason


def test_thirty_times_the_others_effect_is_not_inconclusive():
    held = decide(verdict((-9.43, -7.76), (0.15, 0.46), epsilon=0.29, delta=0.74))
    assert held.state == "contrast"
    assert "moves A more than B" in held.reason
    assert "may lie beyond" in held.reason


def test_a_placebo_that_does_as_much_takes_the_confirmation_away():
    options = {"epsilon": 0.29, "delta": 0.74}
    plain = decide(verdict((-2.24, -0.9), (-0.05, 0.2), **options))
    assert plain.state == "confirmed"
    beaten = decide(verdict((-2.24, -0.9), (-0.05, 0.2), placebo=(-2.4, -1.5), **options))
    assert beaten.state == "contrast"
    assert "the kind of change" in beaten.reason
    close = decide(verdict((-1.24, -0.9), (-0.25, -0.2), placebo=(-1.4, -0.9), **options))
    assert close.state == "inconclusive"
    assert "the kind of change" in close.reason


def test_a_placebo_that_does_half_as_much_is_pointed_out():
    assert "Its placebo" not in decide(verdict((0.6, 0.8), (-0.1, 0.1))).reason
    strong = decide(verdict((0.6, 0.8), (-0.1, 0.1), placebo=(0.35, 0.5)))
    assert strong.state == "confirmed"
    assert "Its placebo moves A as well" in strong.reason
    opposite = decide(verdict((0.6, 0.8), (-0.1, 0.1), placebo=(-0.7, -0.5)))
    assert (opposite.state, "placebo" in opposite.reason) == ("confirmed", False)


def test_what_was_not_tested_stays_so():
    held = replace(verdict((0, 0), (0, 0)), effect=None, reason="No models.")
    assert decide(held) == held
