import numpy as np
import pytest
from planted_cases import plant
from sklearn.linear_model import LassoCV, Ridge
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from traindiff.datamodels import PathSettings, fit, fit_datamodels
from traindiff.datamodels.design import Design
from traindiff.datamodels.fit import ESTIMATORS
from traindiff.datamodels.lasso import penalty_grid
from traindiff.datamodels.quality import measure
from traindiff.datamodels.ridge import ridge_path
from traindiff.datamodels.split import fold_indices, split_models
from traindiff.errors import InputError
from traindiff.outputs import Outputs

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS)


@every_estimator
def test_each_estimator_explains_planted_datamodels(estimator):
    data = plant(m=1200, n=60, targets=12, r2=0.7)
    datamodels = fit_datamodels(data.outputs, estimator)
    assert datamodels.estimator == estimator
    assert datamodels.lds.mean > 0.6
    assert datamodels.lds.interval[0] < datamodels.lds.mean < datamodels.lds.interval[1] + 0.01
    assert np.corrcoef(datamodels.weights.ravel(), data.weights.ravel())[0, 1] > 0.8
    predicted = datamodels.predict(data.masks)
    np.testing.assert_allclose(predicted.mean(axis=0), data.values.mean(axis=0), atol=0.2)


@every_estimator
def test_each_estimator_finds_nothing_in_noise(estimator):
    data = plant(m=600, n=100, targets=30)
    noise = np.random.default_rng(9).standard_normal(data.values.shape)
    datamodels = fit_datamodels(Outputs(masks=data.masks, values=noise), estimator)
    assert abs(datamodels.lds.mean) < 0.05
    if estimator == "lasso":
        assert len(datamodels.zero_targets) > 5


@every_estimator
def test_held_out_models_never_enter_the_fit(estimator):
    data = plant()
    split = split_models(300, 0.2, choosing=ESTIMATORS[estimator].chooses, seed=0)
    datamodels = fit_datamodels(data.outputs, estimator)
    changed = data.values.copy()
    changed[split.judge] = np.random.default_rng(0).standard_normal((len(split.judge), 6))
    other = fit_datamodels(Outputs(masks=data.masks, values=changed), estimator)
    np.testing.assert_array_equal(other.weights, datamodels.weights)
    assert other.lds.mean < datamodels.lds.mean
    assert datamodels.n_models == len(split.fit)


@pytest.mark.parametrize("estimator", ["lasso", "ridge"])
def test_choosing_models_choose_but_are_not_fitted(estimator):
    data = plant()
    split = split_models(300, 0.2, choosing=True, seed=0)
    changed = data.values.copy()
    changed[split.choose] = np.random.default_rng(0).standard_normal((len(split.choose), 6)) * 9
    other = fit_datamodels(Outputs(masks=data.masks, values=changed), estimator)
    datamodels = fit_datamodels(data.outputs, estimator)
    assert np.log(other.penalty / datamodels.penalty).mean() > 0.5
    assert not np.array_equal(other.penalty, datamodels.penalty)


def folds_of(models, count):
    parts = fold_indices(models, count, seed=0)
    return [(np.setdiff1d(np.arange(models), part), part) for part in parts]


def test_folds_choose_what_the_cross_validation_of_scikit_learn_chooses():
    data = plant(m=300, n=80, targets=8, r2=0.4)
    fitted = split_models(300, 0.2, choosing=False, seed=0).fit
    datamodels = fit_datamodels(data.outputs, folds=5)
    assert datamodels.n_models == len(fitted) == 240
    design = Design.of(data.sample(fitted))
    grid = penalty_grid(np.abs(design.cross(slice(0, 8))).max(axis=1), PathSettings())
    for target, alphas in enumerate(grid.astype(float)):
        theirs = LassoCV(alphas=alphas, cv=folds_of(240, 5), tol=1e-7, max_iter=10_000)
        theirs.fit(data.masks[fitted], data.values[fitted, target])
        np.testing.assert_allclose(datamodels.penalty[target], theirs.alpha_, rtol=1e-6)


def test_so_do_those_of_ridge():
    data, settings = plant(m=300, n=80, targets=2, r2=0.4), PathSettings(penalties=9)
    fitted = split_models(300, 0.2, choosing=False, seed=0).fit
    datamodels = fit_datamodels(data.outputs, "ridge", folds=5, settings=settings)
    penalties = ridge_path(Design.of(data.sample(fitted)), settings, last=np.zeros(2, int)).grid
    for target, alphas in enumerate(penalties.astype(float)):
        theirs = GridSearchCV(
            Ridge(),
            {"alpha": alphas * 192},  # models in four folds of five
            cv=folds_of(240, 5),
            scoring="neg_mean_squared_error",
        ).fit(data.masks[fitted], data.values[fitted, target])
        chosen = theirs.best_params_["alpha"] / 192
        np.testing.assert_allclose(datamodels.penalty[target], chosen, rtol=1e-6)


def test_folds_choose_what_they_choose_along_the_whole_path():
    data = plant(m=120, n=100, targets=60, r2=0.4)
    early, whole = (
        fit_datamodels(data.outputs, folds=6, settings=settings)
        for settings in (PathSettings(), PathSettings(patience=99, doubt=99.0))
    )
    np.testing.assert_array_equal(early.penalty, whole.penalty)
    np.testing.assert_allclose(early.weights, whole.weights, atol=1e-3)


def test_a_fold_that_sees_a_target_never_vary_has_no_say():
    data = plant(m=60, n=20)
    own = fold_indices(48, 4, seed=0)[1]  # the target varies only among models of this fold
    fitted = split_models(60, 0.2, choosing=False, seed=0).fit
    data.values[:, 2] = 0
    data.values[fitted[own], 2] = 10 * data.masks[fitted[own], 0]
    datamodels = fit_datamodels(data.outputs, folds=4)
    assert np.isfinite(datamodels.weights).all()
    assert not len(datamodels.excluded_targets)


@every_estimator
def test_what_holds_no_information_is_excluded_and_counted(estimator):
    data = plant()
    data.masks[:, 3] = True
    data.masks[:, 5] = False
    data.values[:, 1] = 0.1
    datamodels = fit_datamodels(data.outputs, estimator)
    np.testing.assert_array_equal(datamodels.excluded_train, [3, 5])
    np.testing.assert_array_equal(datamodels.excluded_targets, [1])
    assert not datamodels.weights[:, [3, 5]].any()
    assert not datamodels.weights[1].any()
    assert datamodels.lds.per_target[1] == 0
    np.testing.assert_allclose(datamodels.predict(data.masks)[:, 1], 0.1, rtol=1e-6)
    assert 1 not in datamodels.zero_targets
    for array in (datamodels.weights, datamodels.bias, datamodels.penalty, datamodels.residual):
        assert np.isfinite(array).all()


@every_estimator
def test_models_of_weight_zero_are_missing(estimator):
    data = plant()
    weights = np.ones(300)
    weights[7::9] = 0
    present = data.outputs.take(weights > 0)
    weighted = fit_datamodels(data.outputs, estimator, model_weights=weights)
    np.testing.assert_array_equal(weighted.weights, fit_datamodels(present, estimator).weights)
    np.testing.assert_array_equal(weighted.excluded_models, np.arange(7, 300, 9))
    assert not len(fit_datamodels(present, estimator).excluded_models)


@every_estimator
def test_weighted_models_move_the_answer_towards_them(estimator):
    data = plant(m=1000, r2=0.9)
    other = plant(m=1000, r2=0.9, seed=1)
    both = Outputs(
        masks=np.concatenate([data.masks, other.masks]),
        values=np.concatenate([data.values, other.values]),
    )
    weights = np.repeat([1.0, 1e-3], 1000)
    shuffled = np.random.default_rng(0).permutation(2000)
    datamodels = fit_datamodels(both.take(shuffled), estimator, model_weights=weights[shuffled])
    assert np.corrcoef(datamodels.weights.ravel(), data.weights.ravel())[0, 1] > 0.8


@every_estimator
@pytest.mark.parametrize("dtype", [np.int8, np.float16, np.float64, np.uint64])
def test_masks_and_outputs_of_any_dtype_are_read_alike(estimator, dtype):
    data = plant()
    values = data.values.astype(np.float16)
    plain = fit_datamodels(Outputs(masks=data.masks, values=values), estimator)
    other = fit_datamodels(Outputs(masks=data.masks.astype(dtype), values=values), estimator)
    np.testing.assert_array_equal(other.weights, plain.weights)
    assert plain.lds.mean > 0.4


@every_estimator
def test_the_order_of_targets_and_train_examples_does_not_matter(estimator):
    data, rng = plant(), np.random.default_rng(3)
    targets, train = rng.permutation(6), rng.permutation(60)
    plain = fit_datamodels(data.outputs, estimator)
    moved = Outputs(masks=data.masks[:, train], values=data.values[:, targets])
    permuted = fit_datamodels(moved, estimator)
    np.testing.assert_allclose(permuted.weights, plain.weights[targets][:, train], atol=2e-3)
    np.testing.assert_allclose(permuted.lds.per_target, plain.lds.per_target[targets], atol=1e-3)


@every_estimator
def test_a_constant_moves_the_bias_and_a_scale_is_carried_through(estimator):
    data = plant()
    plain = fit_datamodels(data.outputs, estimator)
    changed = Outputs(masks=data.masks, values=data.values.astype(float) * 8 + 100)
    scaled = fit_datamodels(changed, estimator)
    np.testing.assert_allclose(scaled.weights, 8 * plain.weights, atol=5e-3)
    np.testing.assert_allclose(scaled.bias, 8 * plain.bias + 100, atol=0.05)
    np.testing.assert_allclose(scaled.lds.per_target, plain.lds.per_target, atol=2e-3)


@pytest.mark.parametrize("estimator", ["lasso", "ridge", "difference"])
def test_the_intercept_is_free_so_that_errors_on_fitted_models_average_zero(estimator):
    data = plant()
    fitted = split_models(300, 0.2, choosing=ESTIMATORS[estimator].chooses, seed=0).fit
    datamodels = fit_datamodels(data.outputs, estimator)
    errors = data.values[fitted] - datamodels.predict(data.masks[fitted])
    np.testing.assert_allclose(errors.mean(axis=0), 0, atol=1e-4)


@every_estimator
@pytest.mark.parametrize("alpha", [0.1, 0.9, 0.98])
def test_subsets_of_any_size_will_do(estimator, alpha):
    data = plant(m=3000, targets=3, r2=0.7, alpha=alpha)
    datamodels = fit_datamodels(data.outputs, estimator)
    assert np.corrcoef(datamodels.weights.ravel(), data.weights.ravel())[0, 1] > 0.8
    # At 0.98 each model lacks one example, and nine in ten models one that does not matter.
    assert datamodels.lds.mean > (0.6 if alpha < 0.95 else 0.15)


@pytest.mark.parametrize("weighted", [False, True])
@every_estimator
def test_threads_do_not_change_anything(estimator, weighted, monkeypatch):
    data = plant(m=500, n=500, targets=100)  # large enough to be divided among threads
    counts = np.random.default_rng(0).random(500) if weighted else None
    fits, predictions = [], []

    def measured(predicted, true, **named):
        predictions.append(predicted)
        return measure(predicted, true, **named)

    monkeypatch.setattr(fit, "measure", measured)
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            settings = PathSettings(threads=threads)
            fits.append(
                fit_datamodels(data.outputs, estimator, model_weights=counts, settings=settings)
            )
    one, two = fits
    for name in ("weights", "bias", "penalty", "residual"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    np.testing.assert_array_equal(predictions[0], predictions[1])
    np.testing.assert_array_equal(one.lds.per_target, two.lds.per_target)
    assert one.lds.interval == two.lds.interval


@pytest.mark.parametrize("m", [1501, 20_000])
def test_nor_do_products_with_weighted_models(m):
    data = plant(m=m, n=70, targets=100)
    shares = np.random.default_rng(0).random(m)
    sample = data.sample(shares=shares / shares.sum())
    made = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            design = Design.of(sample)
            made.append((design.gram().table, design.output_means, design.means))
    for one, two in zip(*made, strict=True):
        np.testing.assert_array_equal(one, two)


@every_estimator
def test_outputs_that_never_vary_are_all_excluded(estimator):
    data = plant()
    data.values[:] = 5
    datamodels = fit_datamodels(data.outputs, estimator)
    np.testing.assert_array_equal(datamodels.excluded_targets, np.arange(6))
    assert not datamodels.weights.any()
    assert not len(datamodels.zero_targets)
    assert (datamodels.lds.mean, datamodels.lds.interval) == (0, (0, 0))
    np.testing.assert_allclose(datamodels.predict(data.masks), 5)


@every_estimator
def test_the_same_seed_gives_the_same_answer(estimator):
    data = plant()
    first, second = (fit_datamodels(data.outputs, estimator, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.lds.interval == second.lds.interval
    assert not np.array_equal(
        first.weights, fit_datamodels(data.outputs, estimator, seed=4).weights
    )


def test_the_split_is_disjoint_and_complete():
    split = split_models(101, 0.2, choosing=True, seed=5)
    together = np.concatenate([split.fit, split.choose, split.judge])
    np.testing.assert_array_equal(np.sort(together), np.arange(101))
    assert (len(split.choose), len(split.judge)) == (10, 10)
    parts = fold_indices(10, 3, seed=0)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(10))


def test_prediction_is_weights_times_mask_plus_bias():
    data = plant()
    datamodels = fit_datamodels(data.outputs, "ridge")
    expected = data.masks @ datamodels.weights.T.astype(float) + datamodels.bias
    np.testing.assert_allclose(datamodels.predict(data.masks), expected, atol=1e-5)
    np.testing.assert_allclose(datamodels.predict(np.zeros((1, 60)))[0], datamodels.bias, atol=1e-6)


def test_it_prints_as_one_line():
    datamodels = fit_datamodels(plant().outputs, "ridge")
    shown = repr(datamodels)
    assert shown.startswith(
        f"<Datamodels: ridge, {datamodels.n_targets} targets x 60 train, fitted"
    )
    assert f"LDS {datamodels.lds.mean:.3f} [" in shown
    assert "\n" not in shown


@pytest.mark.parametrize("masks", [np.ones((3, 59)), np.ones(60), np.full((2, 60), 0.5)])
def test_prediction_refuses_other_masks(masks):
    with pytest.raises(InputError, match="masks"):
        fit_datamodels(plant().outputs, "difference").predict(masks)


def small(m, n):
    return Outputs(masks=np.arange(m * n).reshape(m, n) % 2, values=np.arange(m)[:, None] * 1.0)


@pytest.mark.parametrize(
    ("outputs", "options", "match"),
    [
        (small(1, 5), {}, "at least 2 models and 2 training examples, found 1 and 5"),
        (small(9, 1), {}, "at least 2 models and 2 training examples, found 9 and 1"),
        (small(5, 3), {}, "5 models are too few"),
        (small(20, 3), {"held_out": 0.95}, "or lower held_out"),
        (small(20, 3), {"held_out": 0.0}, "held_out must lie between 0 and 1"),
        (small(20, 3), {"estimator": "ols"}, "unknown estimator 'ols'.*'lasso', 'ridge'"),
        (small(20, 3), {"folds": 1}, r"folds of \d+ models must lie in \[2, 8\]"),
        (small(20, 3), {"model_weights": np.ones(19)}, "model_weights must be 20"),
        (small(20, 3), {"model_weights": np.eye(20)[0]}, "found 1 and 3"),
        (small(20, 4), {}, "all 14 masks are equal"),
    ],
)
def test_bad_input_is_refused(outputs, options, match):
    with pytest.raises(InputError, match=match):
        fit_datamodels(outputs, **options)


@pytest.mark.parametrize(
    "bad",
    [
        {"penalties": 0},
        {"patience": 0},
        {"smallest": 1.5},
        {"tolerance": 0.0},
        {"tolerance": np.nan},
        {"block": 0},
        {"memory": 0},
        {"threads": 0},
        {"doubt": np.nan},
        {"doubt": -1.0},
    ],
)
def test_bad_settings_are_refused(bad):
    with pytest.raises(InputError, match=f"{next(iter(bad))} must"):
        PathSettings(**bad)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_outputs_that_are_not_finite_are_refused_where_they_enter(value):
    values = np.zeros((3, 2))
    values[1, 1] = value
    with pytest.raises(InputError, match=r"1 NaN or infinite .* model 1, target 1"):
        Outputs(masks=np.eye(3), values=values)
