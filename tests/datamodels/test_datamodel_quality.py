import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import spearmanr

from traindiff.datamodels.quality import measure, resampled_scores, spearman

NONE = np.zeros(0, int)


@settings(deadline=None)
@given(
    pair=hnp.arrays(np.int64, st.tuples(st.just(2), st.integers(3, 30)), elements=st.integers(0, 9))
)
def test_it_is_the_spearman_correlation_ties_included(pair):
    score = spearman(pair[0][:, None], pair[1][:, None])[0]
    if np.ptp(pair[0]) == 0 or np.ptp(pair[1]) == 0:
        assert score == 0
    else:
        np.testing.assert_allclose(score, spearmanr(pair[0], pair[1]).statistic, atol=1e-12)


@settings(deadline=None)
@given(
    pair=hnp.arrays(np.int64, st.tuples(st.just(2), st.just(12)), elements=st.integers(0, 6)),
    copies=hnp.arrays(np.int64, 12, elements=st.integers(0, 3)).filter(lambda c: c.sum() > 0),
)
def test_a_resampled_score_is_the_score_of_the_repeated_models(pair, copies):
    predicted, true = pair[0][:, None].astype(float), pair[1][:, None].astype(float)
    # The kernel takes replicates of as many models as there are.
    copies = np.random.default_rng(0).multinomial(12, copies / copies.sum())[None]
    repeated = spearman(predicted.repeat(copies[0], axis=0), true.repeat(copies[0], axis=0))
    np.testing.assert_allclose(resampled_scores(predicted, true, copies)[0], repeated, atol=1e-12)


def test_a_monotone_change_of_the_outputs_changes_nothing():
    rng = np.random.default_rng(0)
    predicted, true = rng.standard_normal((2, 50, 4))
    quality = measure(predicted, true, excluded=NONE, seed=0)
    changed = measure(np.exp(predicted), 3 * true**3 + 1, excluded=NONE, seed=0)
    np.testing.assert_array_equal(quality.per_target, changed.per_target)
    assert quality.interval == changed.interval


def test_the_interval_covers_the_truth_as_often_as_it_says():
    # Bivariate normal: Spearman = 6/π asin(r/2).
    rng, r, hits = np.random.default_rng(1), 0.6, 0
    for seed in range(120):
        shared = rng.standard_normal((80, 5))
        other = r * shared + np.sqrt(1 - r * r) * rng.standard_normal((80, 5))
        low, high = measure(shared, other, excluded=NONE, seed=seed).interval
        hits += low <= 6 / np.pi * np.arcsin(r / 2) <= high
    assert 104 <= hits <= 120


def test_a_good_prediction_scores_one_and_an_unrelated_one_nothing():
    true = np.random.default_rng(0).standard_normal((400, 20))
    perfect = measure(true, true, excluded=NONE, seed=0)
    assert perfect.mean == pytest.approx(1)
    assert perfect.interval == pytest.approx((1, 1))
    unrelated = measure(true[:, ::-1], true, excluded=NONE, seed=0)
    assert unrelated.interval[0] < 0.02
    assert abs(unrelated.mean) < 0.05


def test_excluded_targets_do_not_count():
    true = np.random.default_rng(0).standard_normal((30, 3))
    predicted = true.copy()
    predicted[:, 1] = 0
    quality = measure(predicted, true, excluded=np.array([1]), seed=0)
    np.testing.assert_allclose(quality.per_target, [1, 0, 1])
    assert quality.mean == pytest.approx(1)
    assert quality.quartiles == pytest.approx((1, 1, 1))
    counted = measure(predicted, true, excluded=NONE, seed=0)
    assert counted.mean == pytest.approx(2 / 3)


def test_nothing_left_to_count_is_zero_not_nan():
    quality = measure(np.zeros((5, 2)), np.zeros((5, 2)), excluded=np.arange(2), seed=0)
    assert (quality.mean, quality.quartiles, quality.interval) == (0, (0, 0, 0), (0, 0))
    constant = measure(np.zeros((5, 2)), np.zeros((5, 2)), excluded=NONE, seed=0)
    assert (constant.mean, constant.interval) == (0, (0, 0))
