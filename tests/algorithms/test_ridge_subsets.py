import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from tests.algorithms.torch_cases import subsets

from traindiff.algorithms.closed_form.problem import RidgeProblem
from traindiff.algorithms.closed_form.solvers import Cholesky, Conjugate, Reflections
from traindiff.algorithms.closed_form.subsets import Subsets
from traindiff.errors import InputError


def problem(n, d, outputs=1, alpha=1.0, fraction=0.5, decay=0.0, seed=0):
    """Gaussian features whose scales fall as a power of their index."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * np.arange(1, d + 1.0) ** -decay
    X -= X.mean(axis=0)
    Y = rng.normal(size=(n, outputs))
    masks = subsets(5, n, int(fraction * n), seed)
    return X, Y, masks, RidgeProblem.of(X, Y, alpha=alpha, size=int(fraction * n))


def assert_equals_refitting(X, Y, masks, made, alpha, tolerance):
    weights, bias = made.fit(masks)
    for model, mask in enumerate(masks):
        refit = Ridge(alpha=alpha, solver="cholesky").fit(X[mask], Y[mask])
        expected = refit.predict(X).reshape(Y.shape)
        np.testing.assert_allclose(
            X @ weights[model] + bias[model], expected, rtol=0, atol=tolerance * np.abs(Y).max()
        )


@given(
    n=st.integers(6, 40),
    d=st.integers(1, 60),
    outputs=st.integers(1, 3),
    alpha=st.sampled_from([1e-3, 0.1, 10.0, 1e4]),
    fraction=st.floats(0.1, 0.95),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_every_subset_equals_refitting_ridge(n, d, outputs, alpha, fraction, seed):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(n, d)) + 3, rng.normal(size=(n, outputs))
    masks = subsets(3, n, max(2, int(fraction * n)), seed)
    problem = RidgeProblem.of(X, Y, alpha=alpha, size=int(masks[0].sum()))
    weights, bias = problem.fit(masks)
    for model, mask in enumerate(masks):
        refit = Ridge(alpha=alpha, solver="svd").fit(X[mask], Y[mask])
        expected = refit.predict(X).reshape(n, outputs)
        np.testing.assert_allclose(
            X @ weights[model] + bias[model], expected, rtol=1e-5, atol=1e-5 * np.abs(Y).max()
        )


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Reflections, {"n": 700, "d": 1000}),
        (Reflections, {"n": 500, "d": 700, "fraction": 0.8}),
        (Reflections, {"n": 900, "d": 1200, "fraction": 0.4, "alpha": 50.0}),
        (Reflections, {"n": 700, "d": 1000, "decay": 0.5, "alpha": 5.0}),
        (Conjugate, {"n": 800, "d": 64}),
        (Conjugate, {"n": 800, "d": 100, "decay": 2.0, "alpha": 1e-3}),
        (Cholesky, {"n": 400, "d": 600, "outputs": 9}),
        (Cholesky, {"n": 400, "d": 600, "decay": 1.0, "alpha": 1e-4}),
        (Cholesky, {"n": 120, "d": 59, "outputs": 3}),
    ],
)
def test_each_way_to_solve_is_refined_to_the_refitted_ridge(kind, settings):
    X, Y, masks, made = problem(**settings)
    assert type(made.solver) is kind
    assert_equals_refitting(X, Y, masks, made, settings.get("alpha", 1.0), tolerance=1e-7)


def test_a_solution_is_proven_by_its_residual_or_computed_another_way():
    X, Y, masks, made = problem(700, 1000)
    assert isinstance(made.solver, Reflections)
    hasty = dataclasses.replace(made, solver=made.solver.of_steps(1))
    wrong = dataclasses.replace(made.solver, matrix=2 * made.solver.matrix)
    for solver in (hasty.solver, wrong):
        doubtful = dataclasses.replace(made, solver=solver)
        assert_equals_refitting(X, Y, masks, doubtful, 1.0, tolerance=1e-7)


@pytest.mark.parametrize("fraction", [0.3, 0.5, 0.8])
def test_reflections_shrink_an_error_as_free_random_variables_would(fraction):
    n = 600
    _, _, masks, made = problem(n, 900, fraction=fraction)
    form, rows = made.form, Subsets.of(masks)
    eigenvalues = np.linalg.eigvalsh(form.gram) + form.alpha
    solver = Reflections.of(form, eigenvalues, (1 - fraction) / fraction)
    right = form.right(np.random.default_rng(1).normal(size=(1, 1, n)), rows)
    exact = Cholesky(form=form).prepare(rows)(right)
    errors = [np.linalg.norm(solver.take(steps, right, rows) - exact) for steps in (3, 15)]
    found = (errors[1] / errors[0]) ** (1 / 12)
    eigenvalues = np.linalg.eigvalsh(solver.matrix)
    assert abs(eigenvalues.mean()) < 1e-3
    expected = np.sqrt((eigenvalues**2).mean() * (1 - fraction) / fraction)
    assert found == pytest.approx(expected, abs=0.1)
    assert found < np.abs(eigenvalues).max() * max(1, (1 - fraction) / fraction) - 0.1


def test_the_choice_is_the_same_every_time():
    first, second = (problem(700, 1000)[3].solver for _ in range(2))
    assert first.steps == second.steps
    np.testing.assert_array_equal(first.matrix, second.matrix)


@pytest.mark.parametrize("d", [30, 300])
def test_units_of_the_features_do_not_matter(d):
    X, Y, masks, made = problem(200, d)
    weights, bias = made.fit(masks)
    scaled = RidgeProblem.of(X * 1e12, Y, alpha=1e24, size=100)
    again, same = scaled.fit(masks)
    np.testing.assert_allclose(again * 1e12, weights, rtol=0, atol=1e-7 * np.abs(weights).max())
    np.testing.assert_allclose(same, bias, rtol=0, atol=1e-7)


@pytest.mark.parametrize("d", [30, 300])
def test_constant_labels_and_features_give_the_constant(d):
    X, _, masks, _ = problem(200, d)
    constant = RidgeProblem.of(X, np.full((200, 1), 3.0), alpha=1.0, size=100)
    weights, bias = constant.fit(masks)
    assert not weights.any()
    np.testing.assert_allclose(bias, 3.0)
    flat = RidgeProblem.of(np.zeros((200, d)), X[:, :1], alpha=1.0, size=100)
    weights, bias = flat.fit(masks)
    assert not weights.any()
    np.testing.assert_allclose(bias[0, 0], X[masks[0], 0].mean())


@pytest.mark.parametrize("d", [3, 300])
def test_a_penalty_lost_in_rounding_is_refused(d):
    X = np.random.default_rng(0).normal(size=(100, 1)) * np.linspace(1, 2, d)
    with pytest.raises(InputError, match="give a larger one"):
        RidgeProblem.of(X * 1e6, X[:, :1], alpha=1e-12, size=50).fit(subsets(4, 100, 50))
