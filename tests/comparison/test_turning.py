import numpy as np
import pytest
from difference_cases import pair, prepared, rank_one

from traindiff.comparison.directions.axes import Axes, Space, axes
from traindiff.pair import Pair


@pytest.fixture(scope="module")
def looked_at():
    only_b = np.roll(rank_one(25, 40, 1.0), (10, 20), axis=(0, 1))
    a, b = pair(0, models=(300, 300), planted_a=rank_one(25, 40, 1.0), planted_b=only_b)
    problem = prepared(a, b, paired=True, shrinkage=0.3)
    return problem.whole(), problem.whitening(1.0)


def turned_axes(looked_at, size, rank=None) -> Axes:
    fit, whitening = looked_at
    return axes(fit, whitening, Space(rank=rank or len(whitening.whiten), size=size))


def test_without_turning_the_axes_are_singular_vectors(looked_at):
    fit, whitening = looked_at
    found = turned_axes(looked_at, 0)
    left, strengths, right = np.linalg.svd(whitening.whitened(*fit), full_matrices=False)
    np.testing.assert_allclose(found.strengths, strengths, rtol=1e-4)
    np.testing.assert_allclose(np.abs((found.directions * right).sum(axis=1)), 1, atol=1e-3)
    np.testing.assert_allclose(np.abs((found.patterns * left).sum(axis=0)), 1, atol=1e-3)


@pytest.mark.parametrize("turned", [0, 1, 2, 5])
def test_turned_axes_span_the_same_space_with_the_same_strength_in_all(looked_at, turned):
    before, after = turned_axes(looked_at, 0), turned_axes(looked_at, turned)
    np.testing.assert_allclose(
        after.directions @ after.directions.T, np.eye(len(after.z)), atol=1e-4
    )
    space = [each.directions[: max(turned, 1)] for each in (before, after)]
    np.testing.assert_allclose(*(rows.T @ rows for rows in space), atol=1e-4)
    np.testing.assert_allclose(
        np.square(after.strengths).sum(), np.square(before.strengths).sum(), rtol=1e-5
    )
    np.testing.assert_allclose(after.strengths[turned:], before.strengths[turned:], rtol=1e-4)


def test_turned_axes_are_what_one_side_carries_and_the_other_does_not(looked_at):
    (a, b), _ = looked_at
    found = turned_axes(looked_at, 2)
    own = found.directions[:2].T
    carried = [np.square(side @ own).sum(axis=0) for side in (a, b)]
    shares = np.sort(carried[0] / (carried[0] + carried[1]))
    assert shares[0] < 0.3
    assert shares[1] > 0.7


def test_equal_noise_added_to_both_sides_turns_nothing(looked_at):
    # 40 columns of unit noise: their Gram matrix in a space of two is 25 I up to ± 5.
    fit, whitening = looked_at
    rng = np.random.default_rng(0)
    noise = 0.02 * rng.normal(size=(2, *fit.a.shape)).astype(np.float32)
    before = turned_axes(looked_at, 2)
    after = turned_axes((Pair(fit.a + noise[0], fit.b + noise[1]), whitening), 2)
    agreement = np.abs(before.directions[:2] @ after.directions[:2].T).max(axis=1)
    assert agreement.min() > 0.95


def test_the_largest_difference_in_output_units_comes_first(looked_at):
    (a, b), _ = looked_at
    sizes = np.linalg.norm((a - b) @ turned_axes(looked_at, 4).directions[:4].T, axis=0)
    assert (np.diff(sizes) <= 0).all()
    few = turned_axes(looked_at, 2).first(3)
    assert few.directions.shape == (3, 40)
    assert few.patterns.shape[1] == len(few.strengths) == 3


@pytest.mark.parametrize("rank", [2, 4, 8])
def test_the_space_is_found_in_the_rows_it_names_and_the_rest_beside_it(looked_at, rank):
    fit, whitening = looked_at
    found = turned_axes(looked_at, 2, rank)
    inside = np.linalg.svd(whitening.whitened(*fit)[:rank], full_matrices=False)[2][:2]
    space = found.directions[:2]
    np.testing.assert_allclose(space.T @ space, inside.T @ inside, atol=1e-4)
    np.testing.assert_allclose(
        found.directions @ found.directions.T, np.eye(len(found.z)), atol=1e-4
    )
    along = found.z[:rank] @ found.directions.T
    np.testing.assert_allclose(found.strengths, np.linalg.norm(along, axis=0), rtol=1e-4)


def test_among_what_one_side_carries_axes_are_principal_ones_in_output_units():
    two = rank_one(25, 40, 1.0) + np.roll(rank_one(25, 40, 0.9), (10, 20), axis=(0, 1))
    evidence = prepared(*pair(0, models=(300, 300), planted_a=two), paired=True, shrinkage=0.3)
    fit, whitening = evidence.whole(), evidence.whitening(1.0)
    units = np.diag(np.geomspace(1, 4, 25)).astype(np.float32) @ evidence.about.units
    found = axes(fit, whitening, Space(rank=len(whitening.whiten), size=2, units=units))
    differences = units @ (fit.a - fit.b) @ found.directions[:2].T
    gram = differences.T @ differences
    assert abs(gram[0, 1]) < 1e-3 * gram[1, 1]
    assert gram[0, 0] > gram[1, 1]
