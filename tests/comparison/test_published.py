import importlib.metadata
import importlib.util

import numpy as np
import pytest
import torch
from difference_cases import shared_weights

from traindiff import InputError, compare_scores
from traindiff.comparison.geometry import (
    cosines,
    explained_variance,
    orientation,
    residuals,
    unit_rows,
)


def draw_scores(seed=0, targets=60, train=25):
    rng = np.random.default_rng(seed)
    shared = shared_weights(targets, train, rng)
    a, b = (shared + 0.5 * rng.normal(size=shared.shape) for _ in range(2))
    return a * rng.uniform(0.5, 3, size=(targets, 1)), b * rng.uniform(0.5, 3, size=(targets, 1))


@pytest.fixture(scope="module")
def authors():
    """The authors' own module, without the imports of their package that need a GPU."""
    try:
        files = importlib.metadata.files("modeldiff") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("PARITY NOT TESTED: pip install --no-deps modeldiff==1.0.1")
    path = next(str(file.locate()) for file in files if file.name == "pca.py")
    spec = importlib.util.spec_from_file_location("authors_pca", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    on_gpu = module.get_variance_along_directions
    module.get_variance_along_directions = lambda x, p: on_gpu(x, p, device="cpu")
    return module


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_parity_with_the_authors_package(authors, normalise, seed):
    a, b = draw_scores(seed)
    rows_a, rows_b = (unit_rows(a), unit_rows(b)) if normalise else (a, b)
    theirs = authors.residual_pca(torch.tensor(rows_a), torch.tensor(rows_b), 8)
    ours = compare_scores(a, b, directions=8, normalise=normalise)
    signs = np.sign((theirs["directions"] * ours.directions).sum(axis=1))
    np.testing.assert_allclose(ours.directions, theirs["directions"] * signs[:, None], atol=1e-5)
    np.testing.assert_allclose(ours.found.explained.a, theirs["variances"]["A"], atol=1e-5)
    np.testing.assert_allclose(ours.found.explained.b, theirs["variances"]["B"], atol=1e-5)
    centred = ours.projections - ours.projections.mean(axis=0)
    np.testing.assert_allclose(centred, theirs["projections"] * signs, atol=1e-5)


def test_parity_of_the_residuals(authors):
    a, b = draw_scores()
    theirs = authors.get_residual_attributions(torch.tensor(a), torch.tensor(b))
    np.testing.assert_allclose(residuals(a, b), theirs, atol=1e-10)


def test_residuals_are_orthogonal_to_b_and_vanish_where_a_is_a_multiple_of_b():
    a, b = draw_scores()
    np.testing.assert_allclose((residuals(a, b) * b).sum(axis=1), 0, atol=1e-10)
    np.testing.assert_allclose(residuals(-3 * b, b), 0, atol=1e-12)


def test_swapping_the_arguments_gives_b_given_a():
    a, b = draw_scores()
    swapped = compare_scores(b, a)
    residual = residuals(unit_rows(b), unit_rows(a))
    top = np.linalg.svd(residual - residual.mean(axis=0))[2][0]
    assert abs(top @ swapped.directions[0]) == pytest.approx(1)
    np.testing.assert_allclose(
        swapped.found.explained.b, explained_variance(a, swapped.directions), atol=1e-12
    )
    np.testing.assert_allclose(swapped.similarity, compare_scores(a, b).similarity)


def test_zero_rows_are_dropped_and_counted_and_never_nan():
    a, b = draw_scores()
    a[3], b[[7, 11]] = 0, 0
    found = compare_scores(a, b)
    assert found.excluded_targets.tolist() == [3, 7, 11]
    kept = np.setdiff1d(np.arange(60), [3, 7, 11])
    alone = compare_scores(a[kept], b[kept])
    np.testing.assert_allclose(found.directions, alone.directions)
    np.testing.assert_allclose(found.projections[kept], alone.projections)
    assert not found.projections[[3, 7, 11]].any()
    assert not found.similarity[[3, 7, 11]].any()


def test_the_published_method_has_no_test():
    found = compare_scores(*draw_scores())
    assert found.method == "published"
    assert found.p_value is None
    assert found.p_values is None
    assert found.significant == ()
    assert list(found.to_frame().columns) == [
        "direction",
        "singular_value",
        "explained_a",
        "explained_b",
    ]


def test_directions_are_orthonormal_and_their_largest_projection_is_positive():
    found = compare_scores(*draw_scores(), directions=6)
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(6), atol=1e-10)
    extreme = np.abs(found.projections).argmax(axis=0)
    assert (found.projections[extreme, np.arange(6)] > 0).all()


def test_fewer_directions_than_asked_where_there_are_fewer_dimensions():
    a, b = draw_scores(targets=4)
    assert compare_scores(a, b, directions=50).n_directions == 4
    assert compare_scores(a, b, directions=2).n_directions == 2


def test_row_scale_does_not_matter_once_rows_are_normalised():
    a, b = draw_scores()
    sizes = np.exp(np.random.default_rng(0).normal(size=(60, 1)))
    first, second = compare_scores(a, b), compare_scores(a * sizes, b / sizes)
    np.testing.assert_allclose(first.directions, second.directions, atol=1e-9)


def test_cosines_of_equal_opposite_and_zero_rows():
    a = np.array([[1.0, 2.0], [1.0, 0.0], [0.0, 0.0]])
    b = np.array([[2.0, 4.0], [-5.0, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(cosines(a, b), [1, -1, 0])


def test_orientation_follows_the_largest_projection():
    np.testing.assert_array_equal(orientation(np.array([[1.0, 0.0], [-3.0, 0.0]])), [-1, 1])


def test_integer_scores_are_welcome():
    a, b = (np.round(10 * s).astype(int) for s in draw_scores())
    np.testing.assert_allclose(
        compare_scores(a, b).directions, compare_scores(a.astype(float), b.astype(float)).directions
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, b: (a[:, 1:], b), r"scores_a has shape \(60, 24\)"),
        (lambda a, b: (a[0], b), r"scores_a must be \[targets, train\]"),
        (lambda a, b: (a, b[:0]), "scores_b must be"),
        (lambda a, b: (a.astype(complex), b), "real numbers"),
        (lambda a, b: (np.where(a == a[2, 5], np.nan, a), b), "target 2, train 5"),
        (lambda a, b: (np.where(a == a[2, 5], np.inf, a), b), "target 2, train 5"),
        (lambda a, b: (a * 0, b), "only 0 of 60 targets"),
        (lambda a, b: (a * (np.arange(60) == 4)[:, None], b), "only 1 of 60 targets"),
    ],
)
def test_bad_scores_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        compare_scores(*change(*draw_scores()))


def test_a_bad_number_of_directions_is_refused():
    with pytest.raises(InputError, match="directions must be at least 1"):
        compare_scores(*draw_scores(), directions=0)
