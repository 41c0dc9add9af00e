import numpy as np
import pytest
from difference_cases import prepared

from traindiff import InputError, Outputs, compare
from traindiff.comparison.subsets.least_squares import (
    Residual,
    decorrelated_contrast,
    least_squares_weights,
)
from traindiff.datamodels import contrast_matrix
from traindiff.training import draw_masks

GROUPS, TARGETS = 16, 20


def pair(models=60, *, own=0.0, seed=0, noise=1.0, unpaired=False):
    """Both use all groups strongly; A uses the first one more by ``own``."""
    rng = np.random.default_rng(seed)
    weights = 3 * rng.normal(size=(GROUPS, TARGETS))
    extra = own * np.outer(np.arange(GROUPS) == 0, rng.normal(size=TARGETS))
    masks = [draw_masks(models, GROUPS, 0.5, seed + 1000 * side * unpaired) for side in (0, 1)]
    return tuple(
        Outputs(masks=mask, values=mask @ w + noise * rng.normal(size=(models, TARGETS)))
        for mask, w in zip(masks, (weights + extra, weights), strict=True)
    )


def test_the_contrast_is_orthogonal_and_as_long_as_a_difference_of_means():
    masks = draw_masks(60, GROUPS, 0.5, 0)
    contrast = decorrelated_contrast(masks)
    gram = contrast.T @ contrast
    size = np.square(contrast_matrix(masks)).sum(axis=0).mean()
    centring = np.eye(GROUPS) - 1 / GROUPS  # subsets of one size do not tell the sum of all groups
    np.testing.assert_allclose(gram, size * centring * GROUPS / (GROUPS - 1), atol=1e-3 * size)


def test_with_many_models_it_is_the_difference_of_means():
    masks = draw_masks(20000, GROUPS, 0.5, 0)
    one, other = decorrelated_contrast(masks), contrast_matrix(masks)
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.999


def test_it_is_least_squares_but_for_the_correlation_over_groups():
    masks = draw_masks(60, GROUPS, 0.5, 0)
    values = np.random.default_rng(0).normal(size=(60, TARGETS))
    centred = masks - masks.mean(axis=0)
    solved = np.linalg.lstsq(centred, values, rcond=None)[0].T
    contrast = decorrelated_contrast(masks)
    fitted = least_squares_weights(masks, values) @ contrast.T / Residual.of_contrast(contrast).size
    np.testing.assert_allclose(fitted, solved @ centred.T, atol=1e-4)


def test_the_residual_covariance_is_that_of_an_ordinary_regression():
    a, b = pair()
    evidence = prepared(a, b, paired=True, shrinkage=0.3, estimator="least-squares")
    outputs = evidence.arms.a.outputs - 0.7 * evidence.arms.b.outputs
    design = np.column_stack([np.ones(a.n_models), a.masks[:, 1:]])
    left = outputs.T - design @ np.linalg.lstsq(design, outputs.T, rcond=None)[0]
    expected = left.T @ left / (a.n_models - GROUPS) * evidence.arms.a.noise
    fit = evidence.whole()
    found = evidence.residual.of(evidence.noise_covariance(0.7), fit.a - 0.7 * fit.b)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3 * expected.max())


def test_it_finds_what_the_other_groups_hide_from_a_difference_of_means():
    """Every group differs: to the datamodel of one, least squares does not count the others."""
    rng = np.random.default_rng(3)
    masks = draw_masks(80, GROUPS, 0.5, 3)
    weights = rng.normal(size=(GROUPS, TARGETS))
    a, b = (
        Outputs(masks=masks, values=masks @ each + 0.4 * rng.normal(size=(80, TARGETS)))
        for each in (weights + 0.4 * rng.normal(size=weights.shape), weights)
    )
    solved, plain = (
        compare(a, b, permutations=99, estimator=estimator)
        for estimator in ("least-squares", "difference")
    )
    assert solved.p_value <= 0.01
    assert solved.found.singular_values[0] > 1.2 * plain.found.singular_values[0]


def test_a_against_a_finds_nothing_more_often_than_promised():
    found = [
        compare(*pair(40, seed=seed), permutations=19, estimator="least-squares").p_value
        for seed in range(40)
    ]
    assert np.mean(np.array(found) <= 0.05) <= 0.15  # 0.05 and three standard errors


def test_the_rule_takes_least_squares_where_pairs_are_many_and_says_so():
    assert compare(*pair(60), permutations=19, estimator="auto").estimator == "least-squares"
    assert compare(*pair(40), permutations=19, estimator="auto").estimator == "difference"
    found = compare(*pair(60, unpaired=True), permutations=19, estimator="auto")
    assert found.estimator == "difference"


@pytest.mark.parametrize("outputs", [pair(30), pair(60, unpaired=True)])
def test_least_squares_without_pairs_or_models_enough_is_refused(outputs):
    with pytest.raises(InputError, match="least squares needs equal masks"):
        compare(*outputs, permutations=19, estimator="least-squares")


def test_an_unknown_estimator_is_refused():
    with pytest.raises(InputError, match="estimator"):
        compare(*pair(), permutations=19, estimator="ridge")


def test_the_residual_knows_how_many_dimensions_masks_explain():
    contrast = decorrelated_contrast(draw_masks(60, GROUPS, 0.5, 0))
    assert Residual.of_contrast(contrast).rank == GROUPS - 1
