import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from traindiff.lenses.predictions.changes import measure_changes


def right(rate, seed, models=60, targets=40):
    return np.random.default_rng(seed).random((models, targets)) < rate


def test_shares_are_counts_of_pairs():
    a, b = right(0.8, 0), right(0.7, 1)
    found = measure_changes(a, b, seed=0)
    assert found.only_right.a.mean == pytest.approx((a & ~b).mean())
    assert found.only_right.b.mean == pytest.approx((~a & b).mean())
    np.testing.assert_allclose(found.gain, a.mean(axis=0) - b.mean(axis=0))
    assert found.only_right.a.low < found.only_right.a.mean < found.only_right.a.high


def test_shares_of_targets_have_wilson_intervals():
    a, b = right(0.8, 0), right(0.7, 1)
    found = measure_changes(a, b, seed=0)
    for only, shares in ((a & ~b, found.target_only_right.a), (~a & b, found.target_only_right.b)):
        np.testing.assert_allclose(shares.value, only.mean(axis=0))
        wilson = [
            binomtest(int(count), 60).proportion_ci(method="wilson") for count in only.sum(axis=0)
        ]
        np.testing.assert_allclose(shares.low, [each.low for each in wilson], atol=1e-12)
        np.testing.assert_allclose(shares.high, [each.high for each in wilson], atol=1e-12)


def test_gains_of_targets_average_to_the_gain_in_accuracy():
    a, b = right(0.8, 0), right(0.7, 1)
    found = measure_changes(a, b, seed=0)
    assert found.gain.mean() == pytest.approx(found.only_right.a.mean - found.only_right.b.mean)


def test_one_changed_target_is_found_and_the_others_are_not():
    a, b = right(0.8, 0), right(0.8, 1)
    a[:, 7], b[:, 7] = True, np.arange(60) % 3 == 0
    found = measure_changes(a, b, seed=0)
    assert found.q_values[7] < 1e-6
    assert (np.delete(found.q_values, 7) > 0.05).all()
    assert found.gain[7] == pytest.approx(2 / 3)
    assert found.gain_low[7] < 2 / 3 < found.gain_high[7]


def test_equal_accuracy_is_rarely_called_a_change():
    # 100 runs at 5%: a standard error of 2.2%.
    p_values = np.array(
        [
            measure_changes(right(0.8, i, 20, 30), right(0.8, 1000 + i, 20, 30), seed=0).p_value
            for i in range(100)
        ]
    )
    assert (p_values <= 0.05).mean() <= 0.11


def test_intervals_of_gains_cover_the_truth():
    # 800 independent targets whose true gain is 0.1; a standard error of 0.8%.
    found = measure_changes(right(0.8, 0, 100, 800), right(0.7, 1, 100, 800), seed=0)
    covered = (found.gain_low <= 0.1) & (found.gain_high >= 0.1)
    assert 0.925 < covered.mean() < 0.98


def test_swapping_a_and_b_mirrors_the_answer():
    a, b = right(0.8, 0), right(0.6, 1)
    there, back = measure_changes(a, b, seed=0), measure_changes(b, a, seed=0)
    assert there.p_value == pytest.approx(back.p_value)
    assert there.only_right.a.mean == back.only_right.b.mean
    np.testing.assert_allclose(there.gain, -back.gain)
    np.testing.assert_allclose(there.gain_low, -back.gain_high)
    np.testing.assert_array_equal(there.q_values, back.q_values)


@given(st.integers(0, 12), st.integers(0, 12))
def test_one_target_is_tested_by_mcnemars_exact_test(only_a, only_b):
    a, b = np.zeros((24, 2), bool), np.zeros((24, 2), bool)
    a[:only_a, 0], b[only_a : only_a + only_b, 0] = True, True
    found = measure_changes(a, b, seed=0)
    discordant = only_a + only_b
    expected = binomtest(only_a, discordant).pvalue if discordant else 1.0
    # Two targets of which the other never changes: q = min(2p, 1).
    assert found.q_values[0] == pytest.approx(min(2 * expected, 1))
    assert found.q_values[1] == 1


def test_ensembles_that_never_differ():
    same = right(0.8, 0)
    found = measure_changes(same, same, seed=0)
    assert found.p_value == 1
    assert (found.q_values == 1).all()
    assert (found.gain_low < 0).all()
    assert (found.gain_high > 0).all()
