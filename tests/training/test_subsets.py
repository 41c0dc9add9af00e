import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traindiff.errors import InputError
from traindiff.training import draw_masks, model_seeds


@given(
    models=st.integers(1, 12),
    train=st.integers(2, 30),
    start=st.integers(0, 8),
    seed=st.integers(0, 5),
)
def test_a_row_depends_on_its_index_alone(models, train, start, seed):
    whole = draw_masks(start + models, train, 0.5, seed)
    np.testing.assert_array_equal(whole[start:], draw_masks(models, train, 0.5, seed, start=start))
    seeds = model_seeds(start + models, seed)
    assert seeds[start:] == model_seeds(models, seed, start=start)


def test_subsets_have_one_size_and_every_example_its_share():
    masks = draw_masks(4000, 20, 0.3, seed=1)
    assert (masks.sum(axis=1) == 6).all()
    np.testing.assert_allclose(masks.mean(axis=0), 0.3, atol=0.03)
    pairs = np.corrcoef(masks.T)[np.triu_indices(20, 1)]
    np.testing.assert_allclose(pairs, -1 / 19, atol=0.07)


def test_streams_of_other_names_and_seeds_differ():
    draws = [draw_masks(5, 40, 0.5, seed, side=side) for seed in (0, 1) for side in ("shared", "b")]
    assert all((a != b).any(axis=1).all() for i, a in enumerate(draws) for b in draws[:i])
    seeds = [model_seeds(50, seed, side=side) for seed in (0, 1) for side in ("shared", "b")]
    assert len(set().union(*seeds)) == 200


@pytest.mark.parametrize(
    ("models", "train", "fraction"), [(0, 10, 0.5), (3, 10, 0.01), (3, 10, 1.0), (3, 1, 0.5)]
)
def test_impossible_subsets_are_refused(models, train, fraction):
    with pytest.raises(InputError, match="expected at least 1 model and a subset"):
        draw_masks(models, train, fraction, seed=0)


def test_more_models_than_memory_holds_are_one_message():
    with pytest.raises(InputError, match=r"100,000,000 models of 300 .* at most 33,333,333"):
        draw_masks(100_000_000, 300, 0.5, seed=0)
