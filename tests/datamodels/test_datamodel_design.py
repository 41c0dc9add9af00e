import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from planted_cases import leave_one_out, plant

from traindiff.datamodels.bits import pack
from traindiff.datamodels.design import Design
from traindiff.datamodels.sample import Sample, as_model_weights
from traindiff.errors import InputError


def centred(sample):
    shares = np.full(len(sample.masks), 1 / len(sample.masks))
    shares = shares if sample.shares is None else sample.shares
    root = np.sqrt(shares)[:, None]
    return root * (sample.masks - shares @ sample.masks), root * (
        sample.values - shares @ sample.values
    )


@settings(deadline=None)
@given(masks=hnp.arrays(bool, st.tuples(st.integers(1, 700), st.integers(1, 5))))
def test_packed_bits_hold_every_model_once(masks):
    packed = pack(masks)
    bits = np.unpackbits(packed.view(np.uint8), axis=1, bitorder="little")
    np.testing.assert_array_equal(bits[:, : len(masks)], masks.T)
    assert not bits[:, len(masks) :].any()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("m", [63, 64, 513])
def test_gram_and_cross_products_are_those_of_the_centred_masks(m, weighted):
    data = plant(m, 130, 5)
    shares = np.random.default_rng(0).random(m)
    sample = data.sample(shares=shares / shares.sum() if weighted else None)
    design = Design.of(sample)
    x, y = centred(sample)
    np.testing.assert_allclose(design.gram().dense(), x.T @ x, atol=1e-6)
    np.testing.assert_allclose(design.cross(slice(0, 5)), y.T @ x, atol=1e-6)


def test_the_gram_matrix_does_not_depend_on_threads():
    planted = plant()
    design = Design.of(planted.sample())
    np.testing.assert_array_equal(design.gram(1).table, design.gram(3).table)


@pytest.mark.parametrize("m", [300, 140_000])
def test_counts_of_any_size_and_any_share_are_exact(m):
    # Shares from 0 to 1: covariances of many models need more than two bytes.
    masks = np.random.default_rng(0).random((m, 6)) < [0, 0.02, 0.5, 0.5, 0.97, 1]
    design = Design.of(Sample(masks=masks, values=np.zeros((m, 1), np.float32)))
    gram = design.gram()
    assert gram.table.nbytes == design.gram_bytes
    assert gram.table.dtype == (np.int16 if m < 1000 else np.int32)
    np.testing.assert_allclose(gram.dense(), np.cov(masks.T, bias=True), atol=1e-7)
    assert not gram.dense()[[0, 5]].any()
    assert not gram.dense()[:, [0, 5]].any()


@pytest.mark.parametrize("m", [9, 10, 80, 81])
@pytest.mark.parametrize("left_out", [True, False])
def test_an_example_that_one_model_lacks_or_has_is_informative(m, left_out):
    # The whole number that is left of its own count, once centred, may be 0.
    masks = leave_one_out(m).masks == left_out
    design = Design.of(Sample(masks=masks, values=np.zeros((m, 1), np.float32)))
    assert design.informative.all()
    np.testing.assert_allclose(design.gram().dense(), np.cov(masks.T, bias=True), atol=1e-7)
    assert design.gram().informative.all()


def test_many_train_examples_are_correlated_panel_by_panel():
    data = plant(40, 2500, 2)
    x, y = centred(data.sample())
    np.testing.assert_allclose(Design.of(data.sample()).cross(slice(0, 2)), y.T @ x, atol=1e-6)


def test_constant_targets_have_exactly_no_cross_product():
    planted = plant()
    planted.values[:, 1] = 0.1
    for seed in range(20):
        shares = np.random.default_rng(seed).random(300)  # whose mean of 0.1 is not quite 0.1
        design = Design.of(planted.sample(shares=shares / shares.sum()))
        np.testing.assert_array_equal(design.constant, [1])
        assert not design.cross(slice(0, 6))[1].any()


def test_shares_of_some_models_still_sum_to_one():
    planted = plant()
    shares = np.arange(300.0)
    part = planted.sample(shares=shares / shares.sum()).take(np.arange(10, 20))
    np.testing.assert_allclose(part.shares, np.arange(10, 20) / np.arange(10, 20).sum())


@pytest.mark.parametrize("bad", [[1.0], [-1.0, 1], [np.nan, 1], [np.inf, 1], [[1.0, 1]]])
def test_bad_model_weights_are_refused(bad):
    with pytest.raises(InputError, match="model_weights must be 2 finite numbers"):
        as_model_weights(np.array(bad), 2)


def test_no_model_weights_count_all_alike():
    np.testing.assert_array_equal(as_model_weights(None, 3), 1)
    assert Sample(masks=np.eye(2), values=np.eye(2)).shares is None
