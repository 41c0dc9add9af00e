import numpy as np
import pytest
from numpy.testing import assert_allclose

from traindiff.errors import InputError
from traindiff.seeding import stream
from traindiff.statistics.bootstrap import (
    two_way_difference,
    two_way_interval,
    two_way_p_value,
)
from traindiff.statistics.families import by_family, checked_families, freedom


def copies(random, families, models=10):
    """Near copies: an input is its family but for a little noise."""
    common = random.normal(size=families.max() + 1)[families]
    noise = 0.2 * random.normal(size=(models, len(families)))
    return 0.3 + 0.1 * random.normal(size=(models, 1)) + common + noise


@pytest.mark.parametrize("sizes", [[20] * 10, [2, 4, 8, 10, 10, 12, 14, 16, 20, 24, 30, 30]])
def test_families_are_covered_where_inputs_are_not(sizes):
    random, families = stream(0, "families", len(sizes)), np.repeat(np.arange(len(sizes)), sizes)
    held, naive = 0, 0
    for seed in range(200):
        values = copies(random, families)
        right = two_way_interval(values, families=families, seed=seed, resamples=200)
        wrong = two_way_interval(values, seed=seed, resamples=200)
        held += right.low <= 0.3 <= right.high
        naive += wrong.low <= 0.3 <= wrong.high
    assert held >= 184
    assert naive <= 140


def test_a_family_of_its_own_for_every_input_changes_nothing():
    values = copies(stream(1, "own"), np.arange(30))
    found = two_way_interval(values, families=np.arange(30) * 7, seed=0)
    assert_allclose(found, two_way_interval(values, seed=0))


def test_means_of_models_are_kept():
    values = copies(stream(2, "means"), np.repeat(np.arange(4), [1, 2, 3, 4]))
    found = by_family(values, np.repeat(np.arange(4), [1, 2, 3, 4]))
    assert found.shape == (10, 4)
    assert_allclose(found.mean(axis=1), values.mean(axis=1))


def test_few_large_families_have_fewer_degrees_of_freedom_than_families():
    assert_allclose(freedom(np.repeat(np.arange(8), 5)), 7)
    assert freedom(np.repeat(np.arange(8), [40, 40, 1, 1, 1, 1, 1, 1])) < 1.2


def test_the_spread_between_unequal_families_is_right_on_average():
    random, families = stream(4, "unequal"), np.repeat(np.arange(6), [1, 2, 3, 10, 20, 40])
    means, variances = [], []
    for _ in range(2000):
        values = random.normal(size=6)[families][None]
        found = by_family(values, families)[0]
        means.append(found.mean())
        variances.append(found.var(ddof=1) / 6)
    assert_allclose(np.mean(variances), np.var(means), rtol=0.15)


def test_families_are_found_by_value_and_count_once_in_p_values():
    families = np.repeat(["x", "y", "z", "w", "v", "u"], 30)
    random = stream(3, "p")
    values = copies(random, np.unique(families, return_inverse=True)[1])
    other = np.zeros((10, 180))
    assert two_way_p_value(values, other, families=families) > two_way_p_value(values, other)
    wide = two_way_difference(values, other, families=families, seed=0)
    narrow = two_way_difference(values, other, seed=0)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_copies_are_one_unit_of_a_rate_too():
    still = np.zeros((5, 200))
    families = np.repeat(np.arange(10), 20)
    assert two_way_interval(still, counts="changes", seed=0).within(0.02)
    once = two_way_interval(still, families=families, counts="changes", seed=0)
    assert_allclose(once.high, 1 - 0.025 ** (1 / 10))


@pytest.mark.parametrize(
    ("families", "message"), [(np.zeros(5), "of one family"), (np.arange(4), "each of 5 inputs")]
)
def test_unusable_families_are_refused(families, message):
    with pytest.raises(InputError, match=message):
        checked_families(families, 5)
