import numpy as np
import pytest
from planted_cases import plant

from traindiff.datamodels import OnlineDatamodels
from traindiff.datamodels.design import Design
from traindiff.datamodels.online import online_path
from traindiff.datamodels.path import PathSettings
from traindiff.datamodels.quality import spearman
from traindiff.errors import InputError


def fresh(data, **options):
    return OnlineDatamodels(n_train=data.masks.shape[1], n_targets=data.values.shape[1], **options)


@pytest.mark.parametrize("cuts", [[150], [1, 2, 290], [32, 64, 96], list(range(10, 300, 10))])
def test_chunks_make_no_difference(cuts):
    data = plant()
    whole = fresh(data).partial_fit(data.masks, data.values)
    parts = fresh(data)
    for masks, values in zip(np.split(data.masks, cuts), np.split(data.values, cuts), strict=True):
        parts.partial_fit(masks, values)
    np.testing.assert_array_equal(parts.weights, whole.weights)
    np.testing.assert_array_equal(parts.quality().per_target, whole.quality().per_target)
    np.testing.assert_array_equal(parts.finish().weights, whole.finish().weights)


def test_one_pass_finds_the_planted_weights():
    data = plant(m=4000, n=200, relevant=5, r2=0.7)
    weights = fresh(data).partial_fit(data.masks, data.values).weights
    for found, planted in zip(weights, data.weights, strict=True):
        assert np.corrcoef(found, planted)[0, 1] > 0.95
    np.testing.assert_allclose(
        weights[data.weights != 0].std(), data.weights[data.weights != 0].std(), rtol=0.15
    )


@pytest.mark.parametrize("alpha", [0.2, 0.8])
def test_subsets_of_any_size_will_do(alpha):
    data = plant(m=4000, n=100, relevant=5, r2=0.7, alpha=alpha)
    weights = fresh(data).partial_fit(data.masks, data.values).weights
    assert np.corrcoef(weights.ravel(), data.weights.ravel())[0, 1] > 0.93


def test_the_live_score_is_that_of_models_never_seen():
    data = plant(m=3000, n=200, targets=20, relevant=5, r2=0.5)
    online = fresh(data, window=320).partial_fit(data.masks[:2000], data.values[:2000])
    later = spearman(data.masks[2000:] @ online.weights.T, data.values[2000:]).mean()
    low, high = online.quality().interval
    assert low - 0.03 < later < high + 0.03
    assert online.quality().n_models == 320


def test_noise_scores_nothing():
    data = plant(m=1000, n=200, targets=30, r2=0.5)
    noise = np.random.default_rng(5).standard_normal(data.values.shape)
    assert abs(fresh(data).partial_fit(data.masks, noise).quality().mean) < 0.03


def test_an_output_may_be_moved_and_scaled():
    data = plant(m=640)
    plain = fresh(data).partial_fit(data.masks, data.values)
    moved = fresh(data).partial_fit(data.masks, data.values * 8.0 + 1000)
    np.testing.assert_allclose(moved.weights, 8 * plain.weights, atol=0.02)


def test_a_model_of_weight_zero_is_as_if_missing():
    data = plant(m=200)
    present = np.arange(200) % 3 > 0
    counts = present.astype(float)
    weighted = fresh(data)
    for part in (slice(0, 70), slice(70, 200)):
        weighted.partial_fit(data.masks[part], data.values[part], counts[part])
    weighted.finish()
    without = fresh(data).partial_fit(data.masks[present], data.values[present]).finish()
    np.testing.assert_array_equal(weighted.weights, without.weights)
    np.testing.assert_array_equal(weighted.datamodels().excluded_models, np.arange(0, 200, 3))


def test_constant_targets_and_uninformative_examples_are_excluded_and_counted():
    data = plant(m=200)
    data.masks[:, 4] = False
    data.masks[:, 9] = True
    data.values[:, 2] = 0.1
    datamodels = fresh(data).partial_fit(data.masks, data.values).datamodels()
    np.testing.assert_array_equal(datamodels.excluded_targets, [2])
    np.testing.assert_array_equal(datamodels.excluded_train, [4, 9])
    assert not datamodels.weights[2].any()
    assert not datamodels.weights[:, [4, 9]].any()
    assert datamodels.bias[2] == np.float32(0.1)
    assert np.isfinite(datamodels.weights).all()


def test_a_sample_is_streamed_in_its_order():
    data = plant(m=100)
    path = online_path(Design.of(data.sample()), PathSettings())
    streamed = fresh(data).partial_fit(data.masks, data.values).finish()
    np.testing.assert_array_equal(path.weights, streamed.weights)


def test_nothing_is_known_before_the_second_batch():
    data = plant(m=40)
    online = fresh(data).partial_fit(data.masks, data.values)
    assert not fresh(data).weights.any()
    with pytest.raises(InputError, match=r"second batch of 32 models, 40 came so far"):
        online.quality()


@pytest.mark.parametrize(
    ("masks", "values", "match"),
    [
        (np.ones((5, 61)), np.ones((5, 6)), r"expected masks \[models, 60\]"),
        (np.ones((5, 60)), np.ones((4, 6)), "masks has 5 models but values has 4"),
        (np.ones((5, 60)), np.ones((5, 7)), r"values \[models, 6\]"),
        (np.ones((5, 60)), np.full((5, 6), np.nan), "NaN or infinite"),
        (np.full((5, 60), 2), np.ones((5, 6)), "only 0 and 1"),
    ],
)
def test_bad_models_are_refused(masks, values, match):
    with pytest.raises(InputError, match=match):
        OnlineDatamodels(n_train=60, n_targets=6).partial_fit(masks, values)


@pytest.mark.parametrize("bad", [{"n_train": 0}, {"batch": 0}, {"radii": ()}, {"radii": (0.0,)}])
def test_bad_settings_are_refused(bad):
    with pytest.raises(
        InputError, match=r"must be (a whole number of at least 1|a positive number)"
    ):
        OnlineDatamodels(**{"n_train": 2, "n_targets": 2} | bad)
