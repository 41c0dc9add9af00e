import numpy as np
import pytest
from planted_cases import leave_one_out, plant
from sklearn.linear_model import Ridge

from traindiff.datamodels.design import Design
from traindiff.datamodels.path import PathSettings
from traindiff.datamodels.ridge import ridge_path
from traindiff.datamodels.sample import Sample

FIT, CHOICE = slice(0, 240), slice(240, 300)


@pytest.mark.parametrize("n", [60, 500])
@pytest.mark.parametrize("weighted", [False, True])
def test_it_agrees_with_scikit_learn_from_either_side(n, weighted):
    data = plant(n=n)
    shares = np.random.default_rng(0).random(240)
    shares = shares / shares.sum()
    design = Design.of(data.sample(FIT, shares if weighted else None))
    path = ridge_path(design, PathSettings(), choice=data.sample(CHOICE))
    for t in range(6):
        weights = shares * 240 if weighted else None
        theirs = Ridge(alpha=float(path.grid[t, path.chosen[t]]) * 240, solver="cholesky")
        theirs.fit(data.masks[FIT], data.values[FIT, t], sample_weight=weights)
        np.testing.assert_allclose(path.weights[t], theirs.coef_, atol=2e-4)
        error = ((data.values[CHOICE, t] - theirs.predict(data.masks[CHOICE])) ** 2).mean()
        np.testing.assert_allclose(path.errors[t, path.chosen[t]], error, rtol=1e-3)


@pytest.mark.parametrize("m", [80, 81])
def test_leaving_one_out_agrees_with_scikit_learn(m):
    data, last = leave_one_out(m), np.full(4, 15)
    path = ridge_path(Design.of(data.sample()), PathSettings(), last=last)
    for weights, y, penalty in zip(path.weights, data.values.T, path.grid[:, 15], strict=True):
        theirs = Ridge(alpha=float(penalty) * m, solver="cholesky").fit(data.masks, y).coef_
        assert np.abs(theirs).max() > 0.1
        np.testing.assert_allclose(weights, theirs, atol=1e-3)


@pytest.mark.parametrize("n", [60, 500])
def test_repeated_models_leave_no_trace_but_their_mean(n):
    data = plant(m=60, n=n)
    sample = data.sample()
    doubled = Sample(masks=np.tile(data.masks, (2, 1)), values=np.tile(data.values, (2, 1)))
    last = np.full(6, 20)
    once = ridge_path(Design.of(sample), PathSettings(), last=last)
    twice = ridge_path(Design.of(doubled), PathSettings(), last=last)
    np.testing.assert_allclose(twice.weights, once.weights, atol=1e-4)


@pytest.mark.parametrize("n", [60, 500])
def test_the_order_of_models_does_not_matter(n):
    data, order = plant(n=n), np.random.default_rng(3).permutation(240)
    sample = data.sample(FIT)
    moved = Sample(masks=sample.masks[order], values=sample.values[order])
    paths = [
        ridge_path(Design.of(one), PathSettings(), choice=data.sample(CHOICE))
        for one in (sample, moved)
    ]
    np.testing.assert_array_equal(paths[0].chosen, paths[1].chosen)
    np.testing.assert_allclose(paths[0].weights, paths[1].weights, atol=1e-4)


def test_the_choice_is_inside_the_grid_where_there_is_signal():
    data = plant(m=400, r2=0.3)
    design = Design.of(data.sample(slice(0, 300)))
    path = ridge_path(design, PathSettings(), choice=data.sample(slice(300, 400)))
    assert (path.chosen > 0).all()
    assert (path.chosen < 29).all()
    assert np.isfinite(path.errors).all()


def test_a_given_end_is_solved_there():
    data = plant()
    design = Design.of(data.sample())
    last = np.arange(6) * 4
    path = ridge_path(design, PathSettings(), last=last)
    np.testing.assert_array_equal(path.chosen, last)
    sizes = np.linalg.norm(path.weights, axis=1) / np.linalg.norm(data.weights, axis=1)
    assert (np.diff(sizes) > 0).all()


def test_examples_without_information_get_no_weight():
    data = plant()
    data.masks[:, 7] = True
    path = ridge_path(Design.of(data.sample(FIT)), PathSettings(), choice=data.sample(CHOICE))
    assert not path.weights[:, 7].any()
