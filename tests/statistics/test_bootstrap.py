import numpy as np
import pytest
from numpy.testing import assert_allclose

from traindiff.errors import InputError
from traindiff.seeding import stream
from traindiff.statistics.bootstrap import (
    Interval,
    two_way_difference,
    two_way_interval,
    two_way_p_value,
)

RESAMPLES = 200


def table(random, models, inputs, mean=0.3, by_model=0.3, by_input=1.0, noise=1.0):
    return (
        mean
        + by_model * random.normal(size=(models, 1))
        + by_input * random.normal(size=(1, inputs))
        + noise * random.normal(size=(models, inputs))
    )


@pytest.mark.parametrize(
    ("models", "inputs", "spreads"),
    [
        (5, 20, {"by_model": 0.1}),
        (20, 200, {}),
        (5, 200, {"by_model": 1.0, "by_input": 0.3}),
        (20, 100, {"by_model": 1.0, "by_input": 0.3, "noise": 5.0}),
    ],
)
def test_covers_the_truth_as_often_as_promised(models, inputs, spreads):
    random, hits = stream(0, "coverage", models), 0
    for seed in range(600):
        values = table(random, models, inputs, **spreads)
        interval = two_way_interval(values, seed=seed, resamples=RESAMPLES)
        hits += interval.low <= 0.3 <= interval.high
    assert 0.93 <= hits / 600 <= 0.975


def test_skewed_inputs_make_a_skewed_interval_that_still_covers():
    random, hits, longer = stream(7, "skewed"), 0, 0
    for seed in range(600):
        values = 0.1 * random.normal(size=(10, 20)) + random.exponential(size=(1, 20))
        interval = two_way_interval(values, seed=seed, resamples=RESAMPLES)
        hits += interval.low <= 1 <= interval.high
        longer += interval.high - interval.mean > interval.mean - interval.low
    assert 0.92 <= hits / 600 <= 0.97
    assert longer > 500


def test_difference_covers_and_its_p_value_is_uniform_when_both_move_alike():
    random, hits, p_values = stream(1, "difference"), 0, []
    for seed in range(600):
        shared = random.normal(size=(1, 60))
        a = 0.1 + shared + table(random, 6, 60, by_input=0.3)
        b = shared + table(random, 9, 60, by_input=0.3)
        interval = two_way_difference(a, b, seed=seed, resamples=RESAMPLES)
        hits += interval.low <= 0.1 <= interval.high
        p_values.append(two_way_p_value(a - 0.1, b))
    assert 0.93 <= hits / 600 <= 0.98
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.07


def test_inputs_shared_by_both_cancel_in_the_difference():
    random = stream(2, "paired")
    shared = 10 * random.normal(size=(1, 50))
    a, b = shared + random.normal(size=(8, 50)), shared + random.normal(size=(8, 50))
    interval = two_way_difference(a, b, seed=0)
    assert interval.high - interval.low < 1
    assert two_way_interval(a, seed=0).high - two_way_interval(a, seed=0).low > 4


def test_models_are_the_sample_not_the_cells():
    by_model = np.repeat(stream(3, "m").normal(size=(5, 1)), 1000, axis=1)
    interval = two_way_interval(by_model, seed=0)
    naive = 2 * 1.96 * by_model.std() / np.sqrt(by_model.size)
    assert interval.high - interval.low > 30 * naive


def test_constant_values_have_an_interval_of_no_width():
    assert two_way_interval(np.full((3, 4), 2.0), seed=0) == (2.0, 2.0, 2.0)
    assert two_way_p_value(np.zeros((3, 4)), np.zeros((2, 4))) == 1.0
    assert two_way_p_value(np.ones((3, 4)), np.zeros((2, 4))) == 0.0


def test_same_seed_same_interval_and_a_higher_level_is_wider():
    values = table(stream(5, "level"), 6, 40)
    assert two_way_interval(values, seed=3) == two_way_interval(values, seed=3)
    narrow = two_way_interval(values, seed=3, level=0.8)
    wide = two_way_interval(values, seed=3, level=0.99)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_the_interval_follows_a_change_of_units():
    values = table(stream(6, "units"), 6, 40)
    plain = two_way_interval(values, seed=1)
    assert_allclose(two_way_interval(5 * values + 2, seed=1), 5 * np.array(plain) + 2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((1, 9)), "at least 2 models"),
        (np.zeros(9), "at least 2 models"),
        (np.array([[np.nan, 1], [1, 1]]), "NaN or infinite"),
    ],
)
def test_unusable_tables_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        two_way_interval(values, seed=0)


def test_unusable_settings_are_refused():
    values = np.zeros((3, 3))
    with pytest.raises(InputError, match="level"):
        two_way_interval(values, seed=0, level=1.0)
    with pytest.raises(InputError, match="resamples"):
        two_way_interval(values, seed=0, resamples=10)
    with pytest.raises(InputError, match="same inputs"):
        two_way_difference(values, np.zeros((3, 4)), seed=0)


@pytest.mark.parametrize(
    ("low", "high", "beyond", "within"),
    [
        (0.6, 0.8, True, False),
        (-0.8, -0.6, True, False),
        (-0.5, 0.5, False, True),
        (0.4, 0.6, False, False),
        (-0.9, 0.9, False, False),
    ],
)
def test_an_interval_lies_beyond_a_limit_within_it_or_says_neither(low, high, beyond, within):
    interval = Interval(mean=(low + high) / 2, low=low, high=high)
    assert (interval.beyond(0.5), interval.within(0.5)) == (beyond, within)
