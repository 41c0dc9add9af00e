import tracemalloc

import numpy as np
import pytest
from difference_cases import draw_masks, pair, rank_one, run_noise

import traindiff as td
from traindiff import InputError, Outputs
from traindiff.comparison.testing.whitened import leading_basis

QUICK = {"permutations": 59, "directions": 2}


def precise(seed=0):
    """A weakly planted pair in double precision."""
    rng = np.random.default_rng(seed)
    masks = draw_masks(80, 20, rng)
    weights = rng.normal(size=(12, 20))
    a = masks @ (weights + rank_one(12, 20, 0.7)).T + run_noise(80, 12, rng)
    return masks, a, masks @ weights.T + run_noise(80, 12, rng)


def compared(masks, a, b):
    return td.compare(Outputs(masks=masks, values=a), Outputs(masks=masks, values=b), **QUICK)


@pytest.fixture(scope="module")
def usual():
    masks, a, b = precise()
    return masks, a, b, compared(masks, a, b)


@pytest.mark.parametrize("offset", [1e6, 1e8, 1.7e9])
def test_an_offset_loses_nothing(usual, offset):
    masks, a, b, expected = usual
    found = compared(masks, a + offset, b - offset)
    assert found.p_value == expected.p_value
    np.testing.assert_allclose(found.projections, expected.projections, atol=1e-4)


@pytest.mark.parametrize(
    ("size_a", "size_b"), [(1e30, 1e30), (1e-30, 1e-30), (1e30, 1e-30), (1e60, 1e18)]
)
def test_a_scale_is_no_difference(usual, size_a, size_b):
    masks, a, b, expected = usual
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = compared(masks, size_a * a, size_b * b)
    assert found.p_value == expected.p_value
    np.testing.assert_allclose(found.directions, expected.directions, atol=1e-3)
    np.testing.assert_allclose(
        found.projections / size_a, expected.projections, atol=1e-3 * expected.projections.max()
    )
    assert found.scales.shown * size_b / size_a == pytest.approx(expected.scales.shown, rel=1e-3)
    strength = found.judged.strengths.a / size_a
    np.testing.assert_allclose(strength, expected.judged.strengths.a, rtol=1e-2)
    np.testing.assert_allclose(found.similarity, expected.similarity, atol=1e-5)


def test_one_target_in_huge_units_speaks_for_itself_alone(usual):
    masks, a, b, expected = usual
    sizes = np.where(np.arange(12) == 5, 1e30, 1.0)
    assert compared(masks, a * sizes, b * sizes).p_value == expected.p_value


def test_different_outputs_stay_different():
    values = np.random.default_rng(0).normal(size=(30, 40))
    masks = draw_masks(30, 20, np.random.default_rng(1))
    assert len(np.unique(Outputs(masks=masks, values=values + 1e8).values)) == values.size
    assert Outputs(masks=masks, values=values + 10).values.dtype == np.float32
    assert Outputs(masks=masks, values=np.full((30, 4), 0.1)).values.dtype == np.float32


def test_outputs_rounded_before_they_came_are_refused():
    masks, a, b = precise()
    rounded = Outputs(masks=masks, values=(a + 1e8).astype(np.float32))
    with pytest.raises(InputError, match=r"steps of float32\. Give float64"):
        td.compare(rounded, Outputs(masks=masks, values=b))


def test_many_targets_take_no_square_of_their_number():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(10, 30)).astype(np.float32)
    wide, square = leading_basis(rows), leading_basis(np.vstack([rows, np.zeros((30, 30), "f4")]))
    np.testing.assert_allclose(wide[1], square[1], rtol=1e-5)
    np.testing.assert_allclose(wide[0] @ wide[0].T, square[0] @ square[0].T, atol=1e-5)
    a, b = pair(0, models=(30, 30), targets=4000)
    tracemalloc.start()
    td.compare(a, b, permutations=19, directions=1)
    assert tracemalloc.get_traced_memory()[1] < 4000 * 4000 * 4
    tracemalloc.stop()
