import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from planted_cases import plant

from traindiff.datamodels import contrast_matrix, difference_weights, uninformative_train
from traindiff.datamodels.design import Design
from traindiff.datamodels.difference import difference_path
from traindiff.datamodels.path import PathSettings
from traindiff.datamodels.sample import Sample
from traindiff.errors import InputError

MASKS = hnp.arrays(bool, st.tuples(st.integers(2, 12), st.integers(1, 8)))


def by_definition(masks, values):
    weights = np.zeros((values.shape[1], masks.shape[1]))
    for j, seen in enumerate(masks.T):
        if seen.any() and not seen.all():
            weights[:, j] = values[seen].mean(axis=0) - values[~seen].mean(axis=0)
    return weights


@settings(deadline=None)
@given(masks=MASKS, seed=st.integers(0, 2**32 - 1))
def test_it_is_mean_with_minus_mean_without(masks, seed):
    values = np.random.default_rng(seed).standard_normal((len(masks), 3))
    if len(uninformative_train(masks)) == masks.shape[1]:
        with pytest.raises(InputError, match="masks are equal"):
            difference_weights(masks, values)
    else:
        weights = difference_weights(masks, values)
        np.testing.assert_allclose(weights, by_definition(masks, values), atol=1e-5)


@settings(deadline=None)
@given(masks=MASKS.filter(lambda masks: len(uninformative_train(masks)) < masks.shape[1]))
def test_the_contrast_is_the_estimator_and_forgets_constants(masks):
    contrast = contrast_matrix(masks)
    values = np.arange(len(masks), dtype=float)[:, None] ** 2
    np.testing.assert_allclose(values.T @ contrast, by_definition(masks, values), atol=1e-3)
    np.testing.assert_allclose(contrast.sum(axis=0), 0, atol=1e-6)
    assert not contrast[:, uninformative_train(masks)].any()


def test_noise_has_the_covariance_that_inference_relies_on():
    # METHOD §2: Cov(values) / (m α (1 − α)) across targets, for every train example.
    m, n, alpha = 200, 400, 0.25
    data = plant(m, n, relevant=1, alpha=alpha)
    mixing = np.array([[1.0, 0.8], [0.0, 0.6]])
    noise = np.random.default_rng(1).standard_normal((m, 2)) @ mixing
    weights = difference_weights(data.masks, noise)
    expected = np.cov(noise.T) / (m * alpha * (1 - alpha))
    np.testing.assert_allclose(weights @ weights.T / n, expected, rtol=0.25)


def test_it_is_unbiased():
    estimates = []
    for seed in range(40):
        data = plant(100, 20, 1, relevant=2, r2=0.8, seed=seed)
        estimates.append(difference_weights(data.masks, data.values)[0] - data.weights[0])
    error = np.array(estimates)
    # Subsets of one size: leaving one example in leaves 1/(n − 1) less room for the others.
    assert np.abs(error.mean(axis=0)).max() < 4 * error.std(axis=0).max() / np.sqrt(len(error))


def test_weighted_models_count_like_copies():
    planted = plant()
    copies = np.random.default_rng(0).integers(1, 4, len(planted.masks))
    repeated = difference_weights(
        planted.masks.repeat(copies, axis=0), planted.values.repeat(copies, axis=0)
    )
    sample = planted.sample(shares=copies / copies.sum())
    weighted = difference_path(Design.of(sample), PathSettings()).weights
    np.testing.assert_allclose(weighted, repeated, atol=1e-5)


def test_the_order_of_models_does_not_matter():
    data, order = plant(), np.random.default_rng(3).permutation(300)
    moved = difference_weights(data.masks[order], data.values[order])
    np.testing.assert_allclose(moved, difference_weights(data.masks, data.values), atol=1e-5)


def test_a_large_constant_output_costs_no_precision():
    planted = plant()
    moved = difference_weights(planted.masks, planted.values.astype(float) + 1e6)
    np.testing.assert_allclose(moved, difference_weights(planted.masks, planted.values), atol=1e-5)


def test_equal_masks_are_refused():
    with pytest.raises(InputError, match="all 5 masks are equal"):
        contrast_matrix(np.ones((5, 3), bool))
    with pytest.raises(InputError, match="all 5 masks are equal"):
        Design.of(Sample(masks=np.ones((5, 3), bool), values=np.zeros((5, 1))))
