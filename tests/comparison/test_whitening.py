import numpy as np
import pytest
from difference_cases import draw_masks, pair, prepared, run_noise

from traindiff.comparison.testing.permutations import measured
from traindiff.comparison.testing.whitened import Whitening, whitener
from traindiff.datamodels import difference_weights


def test_noise_of_difference_datamodels_is_the_outputs_covariance_over_m_alpha_one_minus_alpha():
    # 400 ensembles of 60 models without signal. An entry's relative standard error is
    # sqrt(2 / (400 · 30 columns)) ~ 1.3%; 8% is six of them.
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(5, 5))
    expected = mixing.T @ mixing / (60 * 0.5 * 0.5)
    total = np.zeros((5, 5))
    for _ in range(400):
        values = rng.normal(size=(60, 5)) @ mixing
        weights = difference_weights(draw_masks(60, 30, rng), values)
        total += weights @ weights.T / 30
    np.testing.assert_allclose(total / 400, expected, atol=0.08 * np.abs(expected).max())


def test_noise_of_unequal_subsets():
    # As above with a fifth of the examples in a mask: 1 / (m · 0.2 · 0.8), up to O(1/m), because
    # the number of models that saw an example is random.
    rng = np.random.default_rng(1)
    variances = []
    for _ in range(300):
        masks = rng.permuted(np.tile(np.arange(30) < 6, (200, 1)), axis=1)
        variances.append(difference_weights(masks, rng.normal(size=(200, 1))).var())
    assert np.mean(variances) == pytest.approx(1 / (200 * 0.2 * 0.8), rel=0.05)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_the_stated_covariance_is_that_of_the_permuted_difference(paired, scale):
    # Mean of 300 permutations x 40 columns; relative standard error ~ 1.3% of the largest entry.
    a, b = pair(0, models=(100, 100 if paired else 150), paired=paired)
    problem = prepared(a, b, paired=paired, shrinkage=0.3)
    stated = problem.noise_covariance(scale)
    rng = np.random.default_rng(0)
    seen = np.zeros_like(stated)
    for _ in range(300):
        order_a = rng.permutation(100)
        order_b = order_a if paired else rng.permutation(150)
        left = problem.arms.a.outputs[:, order_a] @ problem.arms.a.contrast
        right = problem.arms.b.outputs[:, order_b] @ problem.arms.b.contrast
        difference = left - scale * right
        seen += difference @ difference.T / 40
    np.testing.assert_allclose(seen / 300, stated, atol=0.08 * np.abs(stated).max())


@pytest.mark.parametrize("paired", [True, False])
def test_the_whitened_null_is_white(paired):
    a, b = pair(1, paired=paired)
    problem = prepared(a, b, paired=paired, shrinkage=0.0)
    whitening = problem.whitening(1.0)
    grams = []
    for draw in range(200):
        rng = np.random.default_rng(draw)
        order_a = rng.permutation(120)
        order_b = order_a if paired else rng.permutation(120)
        z = whitening.whitened(
            problem.arms.a.outputs[:, order_a] @ problem.arms.a.contrast,
            problem.arms.b.outputs[:, order_b] @ problem.arms.b.contrast,
        )
        grams.append(z @ z.T / 40)
    # Entries have standard error 1/sqrt(200 · 40) = 0.011; the bound is five of them.
    np.testing.assert_allclose(np.mean(grams, axis=0), np.eye(len(grams[0])), atol=0.06)


def test_whitening_undoes_the_covariance():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(6, 6))
    covariance = root @ root.T
    full = whitener(covariance, shrinkage=0.0, n_targets=6)
    np.testing.assert_allclose(full @ covariance @ full.T, np.eye(6), atol=1e-4)
    none = whitener(covariance, shrinkage=1.0, n_targets=6)
    np.testing.assert_allclose(none @ none.T, np.eye(6) * 6 / np.trace(covariance), atol=1e-6)


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
def test_whitening_a_singular_covariance_is_finite(shrinkage):
    covariance = np.diag([4.0, 1.0, 0.0])
    whiten = whitener(covariance, shrinkage=shrinkage, n_targets=3)
    assert np.isfinite(whiten).all()
    assert not whitener(np.zeros((3, 3)), shrinkage=shrinkage, n_targets=3).any()


def test_the_basis_is_orthonormal_and_keeps_most_of_the_variance():
    a, b = pair(2, targets=60)
    problem = prepared(a, b, paired=True, shrinkage=0.3)
    basis = problem.basis.astype(float)
    np.testing.assert_allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-5)
    values = np.vstack([side.values - side.values.mean(axis=0) for side in (a, b)])
    assert np.square(values @ basis).sum() > 0.93 * np.square(values).sum()


def test_statistics_are_those_of_the_whitened_difference():
    a, b = pair(3, targets=60)
    problem = prepared(a, b, paired=True, shrinkage=0.3)
    whitening = problem.whitening(1.1)
    left, right = problem.whole()
    z = whitening.whitened(left, right)
    measured = whitening.measure(left, right)
    tops = [np.linalg.svd(z[:rank], compute_uv=False)[0] for rank in whitening.ranks]
    np.testing.assert_allclose(measured.tops, tops, rtol=1e-5)
    np.testing.assert_allclose(measured.total, np.square(z).sum(), rtol=1e-5)
    columns = np.square(z - np.median(z, axis=1, keepdims=True)).sum(axis=0)
    np.testing.assert_allclose(measured.largest, columns.max(), rtol=1e-5)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 37, 128])
def test_ranks_are_doublings_and_all_rows(rows):
    ranks = Whitening(scale=1, whiten=np.eye(rows), noise=np.eye(rows), unwhiten=np.eye(rows)).ranks
    assert ranks[-1] == rows
    assert ranks[:-1] == tuple(2**i for i in range(1, 9) if 2**i < rows)


def test_train_and_target_statistics_are_1_under_the_null():
    # 60 permutations x 40 columns or 25 rows; standard errors below 1%.
    a, b = pair(4)
    problem = prepared(a, b, paired=True, shrinkage=0.3)
    whitening = problem.whitening(1.0)
    draws = [draw[0] for draw in measured(problem.null(60, 0), [whitening], lambda count: None)]
    assert np.mean([draw.train for draw in draws]) == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(np.mean([draw.targets for draw in draws], axis=0), 1, atol=0.12)


def test_target_statistics_are_those_of_the_difference_itself():
    a, b = pair(5, targets=12)
    problem = prepared(a, b, paired=True, shrinkage=0.3)
    whitening = problem.whitening(1.0)
    left, right = problem.whole()
    rows = problem.basis @ (left - right)
    noise = np.diag(problem.basis @ problem.noise_covariance(1.0) @ problem.basis.T)
    expected = np.square(rows).mean(axis=1) / noise
    np.testing.assert_allclose(whitening.measure(left, right).targets, expected, rtol=1e-3)


def test_permutations_are_named_not_counted():
    a, b = pair(6)
    problem = prepared(a, b, paired=False, shrinkage=0.3)
    whitening = problem.whitening(1.0)

    def draw(count):
        return [d[0].train for d in measured(problem.null(count, 7), [whitening], lambda n: None)]

    np.testing.assert_array_equal(draw(5)[:3], draw(3))
    assert not np.array_equal(draw(2)[0], draw(2)[1])


def test_paired_permutations_keep_runs_together_and_unpaired_ones_do_not():
    rng = np.random.default_rng(0)
    masks, noise = draw_masks(80, 20, rng), run_noise(80, 10, rng)
    twin = pair(7)[0].__class__(masks=masks, values=noise)
    problems = {
        paired: prepared(twin, twin, paired=paired, shrinkage=0.3) for paired in (True, False)
    }
    for paired, problem in problems.items():
        whitening = problem.whitening(0.5)
        drawn = next(measured(problem.null(1, 0), [whitening], lambda count: None))[0]
        total = 0.25 if paired else 1.25
        # Var(A − A/2) is 0.25 Var(A) together, 1.25 Var(A) apart; the statistic is relative to it.
        assert np.isfinite([*drawn.tops, drawn.total, drawn.largest]).all()
        stated = np.trace(problem.noise_covariance(0.5))
        own = problem.arms.a.noise * np.trace(problem.arms.a.covariance)
        assert stated / own == pytest.approx(total, rel=1e-4)
