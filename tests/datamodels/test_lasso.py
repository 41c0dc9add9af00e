import numpy as np
import pytest
from planted_cases import leave_one_out, plant
from sklearn import linear_model

from traindiff.datamodels.certificate import kkt_residual
from traindiff.datamodels.design import Design
from traindiff.datamodels.lasso import lasso_path
from traindiff.datamodels.path import PathSettings
from traindiff.datamodels.sample import Sample

FIT, CHOICE = slice(0, 240), slice(240, 300)
WHOLE_PATH = PathSettings(patience=99, doubt=99.0, tolerance=1e-4)


def solve(data, settings=PathSettings(), shares=None):  # noqa: B008
    design = Design.of(data.sample(FIT, shares))
    return lasso_path(design, settings, choice=data.sample(CHOICE))


def penalties(path):
    return np.take_along_axis(path.grid, path.chosen[:, None], axis=1)[:, 0]


@pytest.mark.parametrize("n", [40, 150, 400])
@pytest.mark.parametrize("weighted", [False, True])
def test_solutions_are_optimal_at_double_precision(n, weighted):
    data = plant(n=n)
    shares = np.random.default_rng(0).random(240)
    sample = data.sample(FIT, shares / shares.sum() if weighted else None)
    path = lasso_path(Design.of(sample), PathSettings(tolerance=1e-4), choice=data.sample(CHOICE))
    residual = kkt_residual(sample, path.weights, penalties(path))
    assert residual.max() < 4e-4
    np.testing.assert_allclose(path.residual, residual, atol=1e-4)


def test_examples_that_the_screening_rule_misses_are_added():
    # Columns that move together have slopes that jump: the screening rule misses some.
    rng = np.random.default_rng(1)
    factors = rng.standard_normal((240, 3))
    masks = factors @ rng.standard_normal((3, 200)) + 0.7 * rng.standard_normal((240, 200)) > 0
    values = (masks[:, :40] @ rng.standard_normal((40, 6))).astype(np.float32)
    sample = Sample(masks=masks, values=values)
    design = Design.of(sample)
    largest = np.abs(design.cross(slice(0, 6))).max(axis=1)
    for settings in (PathSettings(tolerance=1e-4), PathSettings(tolerance=1e-4, memory=1)):
        for last in range(1, 12):
            grid = (largest[:, None] * 0.75 ** np.arange(12)).astype(np.float32)
            path = lasso_path(design, settings, grid=grid, last=np.full(6, last))
            assert kkt_residual(sample, path.weights, grid[:, last]).max() < 5e-4


def test_the_certificate_sees_a_wrong_solution():
    data = plant()
    path = solve(data)
    sample, penalty = data.sample(FIT), penalties(path)
    assert kkt_residual(sample, path.weights * 1.01, penalty).min() > 2e-3
    missing = np.where(np.abs(path.weights) == np.abs(path.weights).max(), 0, path.weights)
    assert kkt_residual(sample, missing, penalty).max() > 0.1
    assert kkt_residual(sample, np.zeros((6, 60)), np.full(6, 1e9)).max() == 0
    assert kkt_residual(sample, np.zeros((6, 60)), penalty).min() > 0.5


@pytest.mark.parametrize("n", [60, 300])
def test_it_agrees_with_scikit_learn_along_the_whole_path(n):
    data = plant(n=n)
    path = solve(data, WHOLE_PATH)
    x = data.masks[FIT] - data.masks[FIT].mean(axis=0)
    held = data.masks[CHOICE] - data.masks[FIT].mean(axis=0)
    for t, grid in enumerate(path.grid.astype(float)):
        y = data.values[FIT, t].astype(float)
        _, theirs, _ = linear_model.lasso_path(
            x, y - y.mean(), alphas=grid, tol=1e-10, max_iter=100_000
        )
        errors = ((data.values[CHOICE, t, None] - y.mean() - held @ theirs) ** 2).mean(axis=0)
        near = slice(0, errors.argmin() + 3)
        np.testing.assert_allclose(path.errors[t, near], errors[near], rtol=1e-3)
        np.testing.assert_allclose(path.errors[t], errors, rtol=2e-2)
        assert path.chosen[t] == errors.argmin()
        best = theirs[:, path.chosen[t]]
        assert np.corrcoef(path.weights[t], best)[0, 1] > 0.99999
        np.testing.assert_array_equal(path.weights[t][np.abs(best) > 1e-3] != 0, True)


@pytest.mark.parametrize("memory", [1, 4 << 30])
@pytest.mark.parametrize("m", [80, 81])
def test_leaving_one_out_agrees_with_scikit_learn(m, memory):
    data = leave_one_out(m)
    design, last = Design.of(data.sample()), np.full(4, 12)
    path = lasso_path(design, PathSettings(tolerance=1e-5, memory=memory), last=last)
    assert path.weights.any(axis=1).all()
    x = data.masks - data.masks.mean(axis=0)
    for weights, y, alpha in zip(path.weights, data.values.T, path.grid[:, 12], strict=True):
        y = y.astype(float)
        _, theirs, _ = linear_model.lasso_path(
            x, y - y.mean(), alphas=[float(alpha)], tol=1e-12, max_iter=100_000
        )
        np.testing.assert_allclose(weights, theirs[:, 0], atol=2e-3 * np.abs(theirs).max())


def test_stopping_early_chooses_what_the_whole_path_chooses():
    data = plant(targets=40, n=100)
    early, whole = solve(data, PathSettings(tolerance=1e-4)), solve(data, WHOLE_PATH)
    assert np.isinf(early.errors).any(axis=1).mean() > 0.9
    assert (early.chosen == whole.chosen).mean() >= 0.95
    same = early.chosen == whole.chosen
    np.testing.assert_allclose(early.weights[same], whole.weights[same], atol=2e-3)


def test_planted_examples_are_found_and_others_mostly_not():
    data = plant(m=1500, n=60, relevant=4, r2=0.8)
    design = Design.of(data.sample(slice(0, 1200)))
    path = lasso_path(design, PathSettings(), choice=data.sample(slice(1200, 1500)))
    strong = np.abs(data.weights) > 0.5
    assert (path.weights[strong] != 0).all()
    assert np.corrcoef(path.weights.ravel(), data.weights.ravel())[0, 1] > 0.98


def test_the_first_penalty_is_the_smallest_that_gives_nothing():
    data = plant()
    design = Design.of(data.sample(FIT))
    largest = np.abs(design.cross(slice(0, 6))).max(axis=1)
    grid = np.stack([largest * 1.0001, largest * 0.98], axis=1).astype(np.float32)
    none = lasso_path(design, PathSettings(), grid=grid, last=np.zeros(6, int))
    one = lasso_path(design, PathSettings(), grid=grid, last=np.ones(6, int))
    assert not none.weights.any()
    assert (one.weights != 0).any(axis=1).all()


def test_permuting_targets_train_examples_or_models_permutes_the_answer():
    data = plant()
    path = solve(data)
    rng = np.random.default_rng(3)
    targets, train, models = rng.permutation(6), rng.permutation(60), rng.permutation(240)
    moved = type(data)(
        masks=np.concatenate([data.masks[FIT][models], data.masks[CHOICE]])[:, train],
        values=np.concatenate([data.values[FIT][models], data.values[CHOICE]])[:, targets],
        weights=data.weights,
    )
    permuted = solve(moved)
    np.testing.assert_array_equal(permuted.chosen, path.chosen[targets])
    np.testing.assert_allclose(permuted.weights, path.weights[targets][:, train], atol=2e-3)


def test_a_constant_is_ignored_and_a_scale_is_carried_through():
    data = plant()
    path = solve(data)
    changed = type(data)(
        masks=data.masks, values=data.values.astype(float) * 8 + 1000, weights=data.weights
    )
    scaled = solve(changed)
    np.testing.assert_array_equal(scaled.chosen, path.chosen)
    np.testing.assert_allclose(scaled.weights, 8 * path.weights, atol=1e-4)
    np.testing.assert_allclose(scaled.grid, 8 * path.grid, rtol=1e-4)


@pytest.mark.parametrize("memory", [1, 4 << 30])
def test_neither_threads_nor_blocks_change_anything(memory):
    data = plant(targets=23)
    path = solve(data, PathSettings(threads=1, memory=memory))
    for threads, block in ((3, 256), (2, 5)):
        other = solve(data, PathSettings(threads=threads, block=block, memory=memory))
        np.testing.assert_array_equal(other.chosen, path.chosen)
        np.testing.assert_allclose(other.weights, path.weights, atol=1e-5)
    threaded = solve(data, PathSettings(threads=3, memory=memory))
    np.testing.assert_array_equal(threaded.weights, path.weights)


def test_weighted_models_count_like_copies():
    data = plant(m=200)
    copies = np.random.default_rng(0).integers(1, 4, 200)
    repeated = type(data)(
        masks=data.masks.repeat(copies, axis=0),
        values=data.values.repeat(copies, axis=0),
        weights=data.weights,
    )
    settings = PathSettings(tolerance=1e-4)
    last = np.full(6, 12)
    weighted = lasso_path(Design.of(data.sample(shares=copies / copies.sum())), settings, last=last)
    copied = lasso_path(Design.of(repeated.sample()), settings, last=last)
    np.testing.assert_allclose(weighted.weights, copied.weights, atol=1e-3)


@pytest.mark.parametrize("memory", [1, 4 << 30])
def test_weighted_models_choose_like_copies(memory):
    data, copies = plant(), np.random.default_rng(0).integers(1, 4, 60)
    design, settings = (
        Design.of(data.sample(FIT)),
        PathSettings(tolerance=1e-4, memory=memory, doubt=9),
    )
    choice = data.sample(CHOICE, copies / copies.sum())
    copied = Sample(
        masks=choice.masks.repeat(copies, axis=0), values=choice.values.repeat(copies, axis=0)
    )
    weighted = lasso_path(design, settings, choice=choice)
    repeated = lasso_path(design, settings, choice=copied)
    np.testing.assert_array_equal(weighted.chosen, repeated.chosen)
    np.testing.assert_allclose(weighted.errors, repeated.errors, rtol=1e-4)
    assert not np.allclose(
        weighted.errors, lasso_path(design, settings, choice=data.sample(CHOICE)).errors, rtol=1e-3
    )


def test_constant_targets_get_zero_datamodels():
    data = plant()
    data.values[:, 2] = -7
    path = solve(data)
    assert not path.weights[2].any()
    assert path.weights.any(axis=1).sum() == 5
    assert np.isfinite(path.weights).all()


@pytest.mark.parametrize("memory", [1, 4 << 30])
@pytest.mark.parametrize("penalties", [30, 2])
def test_examples_without_information_stay_out_even_at_a_penalty_of_nearly_nothing(
    memory, penalties
):
    data = plant()
    data.masks[:, 3], data.masks[:, 5] = True, False
    settings = PathSettings(
        patience=99, doubt=99.0, smallest=1e-7, memory=memory, penalties=penalties
    )
    path = lasso_path(Design.of(data.sample()), settings, last=np.full(6, penalties - 1))
    assert not path.weights[:, [3, 5]].any()
    assert np.abs(path.weights).max() < 10
    assert np.count_nonzero(path.weights, axis=1).min() > 50


def test_more_train_examples_than_the_first_working_set_holds():
    data = plant(n=300, relevant=150, r2=0.95)
    path = solve(data, WHOLE_PATH)
    assert (path.weights != 0).sum(axis=1).max() > 128
    assert kkt_residual(data.sample(FIT), path.weights, penalties(path)).max() < 4e-4
