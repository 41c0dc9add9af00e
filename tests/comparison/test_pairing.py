import numpy as np
import pytest
from difference_cases import draw_masks, pair

import traindiff as td
from traindiff import Outputs
from traindiff.comparison.subsets.pairing import match
from traindiff.pair import Pair

QUICK = {"permutations": 59, "directions": 1}


def lines(outputs):
    return {
        (mask.tobytes(), *values)
        for mask, values in zip(outputs.masks, outputs.values, strict=True)
    }


def coupled(seed=0, models=100, size=0.55):
    """A pair whose shared noise only a paired comparison can take away."""
    rng = np.random.default_rng(seed)
    masks = draw_masks(models, 40, rng)
    weights = rng.normal(size=(40, 25)) / 3
    extra = np.zeros((40, 25))
    extra[:4, :12] = size
    noise, own = rng.normal(size=(2, models, 25))
    a = Outputs(masks=masks, values=masks @ (weights + extra) + noise)
    return a, Outputs(masks=masks, values=masks @ weights + 0.84 * noise + 0.55 * own)


def test_a_lost_row_costs_one_row_and_not_the_test():
    a, b = coupled()
    whole, lost = td.compare(a, b, **QUICK), td.compare(a, b.take(np.arange(100) != 7), **QUICK)
    assert lost.paired
    assert lost.paired
    assert lost.n_models == Pair(99, 99)
    assert lost.unmatched_models.map(list) == Pair([7], [])
    assert whole.p_value <= 0.05
    assert lost.p_value <= 0.05
    assert "99 pairs (1 unmatched left out)" in repr(lost)


def test_rows_in_another_order_are_the_same_pairs():
    a, b = coupled()
    order = np.random.default_rng(1).permutation(100)
    one, other = td.compare(a, b, **QUICK), td.compare(a, b.take(order), **QUICK)
    assert one.p_value == other.p_value
    np.testing.assert_array_equal(one.directions, other.directions)
    assert td.compare(a, b.take(order), paired=True, **QUICK).paired


def test_rows_lost_on_both_sides_leave_what_both_have():
    a, b = coupled()
    left, right = a.take(np.arange(100) >= 5), b.take(np.arange(100) < 92)
    found = match(Pair(left, right), None)
    assert found.paired
    np.testing.assert_array_equal(found.outputs.a.masks, found.outputs.b.masks)
    assert lines(found.outputs.a) == lines(a.take(slice(5, 92)))
    assert lines(found.outputs.b) == lines(b.take(slice(5, 92)))
    assert found.unmatched.map(len) == Pair(8, 5)


def test_few_in_common_is_no_pairing():
    a, b = coupled()
    other = draw_masks(100, 40, np.random.default_rng(2))
    mixed = Outputs(masks=np.where(np.arange(100)[:, None] < 75, b.masks, other), values=b.values)
    found = match(Pair(a, mixed), None)
    assert not found.paired
    assert found.outputs.a.n_models == 100


def test_repeated_masks_are_matched_in_the_order_of_their_rows():
    a, b = (Outputs(masks=np.repeat(s.masks[:20], 5, axis=0), values=s.values) for s in coupled())
    found = match(Pair(a, b.take(slice(None, None, -1))), None)
    assert found.paired
    np.testing.assert_array_equal(found.outputs.a.masks, found.outputs.b.masks)
    assert found.rows.a.tolist() == list(range(100))


def test_masks_that_match_by_chance_make_no_pairs():
    a, b = pair(0, paired=False, train=6)
    assert not match(Pair(a, b), None).paired


def test_models_without_a_value_may_be_left_out_on_their_side_alone():
    with pytest.raises(td.InputError, match="on this side alone is enough"):
        Outputs(masks=np.eye(2), values=np.array([[1.0], [np.nan]]))
