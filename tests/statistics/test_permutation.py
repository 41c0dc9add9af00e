import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from traindiff.statistics.permutation import (
    joint_p_value,
    permutation_p_values,
    pooled_p_values,
)

PROBABILITIES = arrays(float, st.integers(1, 40), elements=st.floats(1e-6, 1))


def test_permutation_p_values_count_ties_and_the_observation():
    p_values = permutation_p_values(np.array([5.0, 2.0, 0.0, 9.0]), np.array([1.0, 2.0, 3.0, 5.0]))
    np.testing.assert_allclose(p_values, [2 / 5, 4 / 5, 1.0, 1 / 5])


def test_permutation_p_values_are_uniform_under_exchangeability():
    # With 19 draws p takes the values 1/20 to 20/20, each with probability 1/20. Chi-squared over
    # 4,000 repetitions; error rate of this test 0.001.
    rng = np.random.default_rng(1)
    p_values = [
        permutation_p_values(rng.normal(size=1), rng.normal(size=19))[0] for _ in range(4000)
    ]
    counts = np.bincount(np.rint(20 * np.array(p_values)).astype(int), minlength=21)[1:]
    assert stats.chisquare(counts).pvalue > 0.001


def test_pooled_p_values_use_every_unit_of_every_permutation():
    null = np.array([[1.0, 4.0], [2.0, 8.0]])
    np.testing.assert_allclose(pooled_p_values(np.array([4.0, 9.0]), null), [3 / 5, 1 / 5])


@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_the_joint_test_is_exact_whatever_the_dependence(correlation):
    # P(p <= level) = level for levels that are multiples of 1/20, without ties. 4,000 repetitions:
    # standard error at most 0.008; error rate of each bound < 1e-4.
    rng = np.random.default_rng(2)
    covariance = np.full((3, 3), correlation) + (1 - correlation) * np.eye(3)
    draws = rng.multivariate_normal(np.zeros(3), covariance, size=(4000, 20))
    p_values = np.array([joint_p_value(draw[0], draw[1:]) for draw in draws])
    for level in (0.05, 0.2, 0.5):
        assert abs((p_values <= level).mean() - level) < 4 * 0.008


@given(arrays(float, (12, 3), elements=st.integers(0, 5)))
def test_the_joint_test_depends_on_ranks_alone(draws):
    original = joint_p_value(draws[0], draws[1:])
    changed = np.exp(draws * np.array([1.0, 0.2, 3.0]))
    assert joint_p_value(changed[0], changed[1:]) == original
    assert 1 / 12 <= original <= 1


def test_the_joint_test_sees_what_any_one_statistic_sees():
    rng = np.random.default_rng(3)
    null = rng.normal(size=(199, 3))
    for index in range(3):
        observed = np.zeros(3)
        observed[index] = 9.0
        assert joint_p_value(observed, null) <= 4 / 200


def test_ties_of_the_joint_test_are_decided_by_the_other_statistics():
    null = np.array([[9.0, 0, 0], [0, 9.0, 0], [0, 0, 9.0], [1, 1, 1]])
    strong, weak = np.array([10.0, 8, 8]), np.array([10.0, -1, -1])
    assert joint_p_value(strong, null) == 1 / 5
    assert joint_p_value(weak, null) == 3 / 5


@given(arrays(float, (12, 3), elements=st.integers(0, 5)))
def test_over_a_whole_pool_the_joint_p_value_is_no_smaller_than_its_rank(draws):
    p_values = [joint_p_value(draws[i], np.delete(draws, i, axis=0)) for i in range(len(draws))]
    assert (np.sort(p_values) >= np.arange(1, 13) / 12 - 1e-12).all()
