import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traindiff import InputError
from traindiff.statistics.looks import Look, next_share, shares, valid_p_value

SIZES = np.array([40, 80, 160, 320])


def walk(runs, effect, rng):
    """One-sided p-values of the sums of what grows, shape [runs, looks]."""
    from scipy.stats import norm

    steps = rng.normal(size=(runs, 4)) * np.sqrt(np.diff(SIZES, prepend=0))
    totals = steps.cumsum(axis=1) + effect * SIZES / np.sqrt(SIZES[-1])
    return norm.sf(totals / np.sqrt(SIZES))


def valid(p_values, planned):
    looks = [
        Look(models=m, planned=max(planned, m), p_value=p)
        for m, p in zip(SIZES.tolist(), p_values.tolist(), strict=True)
    ]
    return min(valid_p_value(looks[:k]) for k in range(1, 5))


@pytest.mark.parametrize("planned", [40, 160, 320])
def test_at_most_5_percent_of_null_runs_are_significant_at_any_of_four_looks(planned):
    p_values = walk(2000, 0.0, np.random.default_rng(0))
    assert (p_values <= 0.05).any(axis=1).mean() > 0.08  # what looking four times does
    significant = np.mean([valid(each, planned) <= 0.05 for each in p_values])
    assert significant <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize("effect", [1.6, 2.0, 2.5])
def test_planned_looks_have_nine_tenths_of_the_power_of_one_at_the_end(effect):
    p_values = walk(2000, effect, np.random.default_rng(1))
    single = (p_values[:, -1] <= 0.05).mean()
    looked = np.mean([valid(each, 320) <= 0.05 for each in p_values])
    assert looked >= 0.9 * single


def test_one_look_at_the_end_costs_a_tenth():
    assert valid_p_value([Look(models=100, planned=100, p_value=0.009)]) == pytest.approx(0.01)


def test_the_same_models_looked_at_again_cost_and_bring_nothing():
    look = Look(models=100, planned=200, p_value=0.001)
    assert shares([look, look])[1] == 0
    assert valid_p_value([look, look]) == valid_p_value([look])
    assert next_share([look], models=100, planned=200) == 0


def test_further_looks_never_take_back_what_was_found():
    found = Look(models=100, planned=100, p_value=0.001)
    later = Look(models=200, planned=200, p_value=0.9)
    assert valid_p_value([found, later]) == valid_p_value([found])


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 500)), min_size=1, max_size=12))
def test_no_sequence_of_looks_spends_more_than_there_is(steps):
    looks = [Look(models=m, planned=m + more, p_value=0.5) for m, more in steps]
    assert min(shares(looks)) >= 0
    assert sum(shares(looks)) <= 1


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"models": 0, "planned": 1, "p_value": 0.5}, "models must be at least 1"),
        ({"models": 5, "planned": 4, "p_value": 0.5}, "planned must be at least 5"),
        ({"models": 5, "planned": 5, "p_value": float("nan")}, "p_value must lie"),
    ],
)
def test_looks_that_cannot_be_are_refused(look, message):
    with pytest.raises(InputError, match=message):
        Look(**look)
