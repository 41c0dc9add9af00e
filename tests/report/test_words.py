"""Numbers read the same everywhere, and their rounding never lies."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from traindiff.report.content import words
from traindiff.report.content.document import Interval


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(words).failed == 0


@given(st.floats(1e-9, 1))
def test_a_p_value_is_never_rounded_to_significance(p):
    said = words.p_value(p).removeprefix("p ")
    if said.startswith("="):
        assert abs(float(said[2:]) - p) <= 0.005 + 1e-12
        assert p <= 0.0005 or float(said[2:]) > 0


@given(st.floats(-1e6, 1e6))
def test_a_sign_is_never_lost_and_never_put_on_zero(value):
    said = words.signed(value)
    assert "-" not in said
    assert (said[0] == "+") == (round(value, 2) > 0)
    assert (said[0] == "−") == (round(value, 2) < 0)


def test_probabilities_are_told_in_points():
    estimate = Interval(mean=0.312, low=0.2, high=0.4)
    assert words.signed_interval(estimate, words.POINTS) == "+31.2 [+20.0, +40.0] points"
