import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binomtest

from traindiff.errors import InputError
from traindiff.seeding import stream
from traindiff.statistics.bootstrap import two_way_difference, two_way_interval
from traindiff.statistics.bounds import chance_missed, mean_bounds, units_needed

RESAMPLES = 100


def flips(random, share, models, inputs):
    """Every model says the same: a share of the inputs flips."""
    return np.tile(random.random(inputs) < share, (models, 1)).astype(float)


@pytest.mark.parametrize(("hits", "units"), [(0, 30), (3, 40), (25, 50), (60, 60)])
def test_shares_of_equal_models_have_the_binomial_interval_of_scipy(hits, units):
    values = np.arange(units) < hits
    low, high = mean_bounds(
        values.astype(float), np.ones(units), kind="shares", models=5, tail=0.025
    )
    exact = binomtest(hits, units).proportion_ci(0.95, method="exact")
    # The spread of n values has n − 1 degrees of freedom, so the units are worth one less.
    assert_allclose((low, high), (exact.low, exact.high), atol=0.004)


def test_nothing_seen_is_no_proof_of_stillness():
    still = np.zeros((5, 20))
    interval = two_way_interval(still, counts="changes", seed=0)
    assert_allclose(interval, (0, -(1 - 0.025 ** (1 / 20)), 1 - 0.025 ** (1 / 20)), rtol=1e-6)
    assert not interval.within(0.02)
    needed = units_needed(0.02)
    assert two_way_interval(np.zeros((5, needed)), counts="changes", seed=0).within(0.02)
    assert not two_way_interval(np.zeros((5, needed - 1)), counts="changes", seed=0).within(0.02)


@pytest.mark.parametrize(
    ("share", "models", "inputs"), [(0.05, 5, 10), (0.05, 5, 20), (0.05, 5, 50), (0.025, 20, 100)]
)
def test_rates_that_all_models_share_are_covered(share, models, inputs):
    random, hits = stream(0, "flips", models, inputs), 0
    for seed in range(200):
        interval = two_way_interval(
            flips(random, share, models, inputs), counts="shares", seed=seed, resamples=RESAMPLES
        )
        hits += interval.low <= share <= interval.high
    assert hits >= 190


def test_a_rise_that_no_input_showed_is_not_called_within_two_points():
    random, called = stream(1, "minimal rate"), 0
    for seed in range(100):
        values = flips(random, 0.05, 5, 20)
        called += two_way_interval(values, counts="changes", seed=seed, resamples=RESAMPLES).within(
            0.02
        )
    assert called == 0


def test_bounds_stay_where_a_share_a_change_and_a_difference_can_be():
    random = stream(2, "range")
    sure, never = np.ones((5, 12)), np.zeros((5, 12))
    share = two_way_interval(flips(random, 0.1, 5, 12), counts="shares", seed=0)
    assert 0 <= share.low <= share.high <= 1
    assert two_way_interval(sure, counts="shares", seed=0).high == 1
    assert two_way_difference(sure, never, counts="shares", seed=0).high == 1
    assert two_way_difference(sure, -sure, counts="changes", seed=0).high == 2


def test_a_difference_of_shares_that_both_have_is_not_certain_either():
    both = flips(stream(3, "both"), 0.3, 5, 30)
    interval = two_way_difference(both, both, counts="shares", seed=0)
    assert interval.mean == 0
    assert_allclose((interval.low, interval.high), (-0.116, 0.116), atol=0.001)


def test_changing_the_sign_mirrors_the_bounds():
    values = flips(stream(4, "sign"), 0.2, 5, 40)
    values[:, :3] = -1
    straight = two_way_interval(values, counts="changes", seed=0)
    mirrored = two_way_interval(-values, counts="changes", seed=0)
    assert_allclose(-np.array(mirrored)[[0, 2, 1]], straight, atol=0.02)


def test_what_few_models_cannot_see():
    assert_allclose([chance_missed(0.1, 5), chance_missed(0.1, 20)], [0.59049, 0.1216], atol=1e-4)
    with pytest.raises(InputError, match="limit"):
        units_needed(0.0)
