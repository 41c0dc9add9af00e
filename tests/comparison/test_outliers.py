import numpy as np
import pytest
from difference_cases import draw_masks, pair, run_noise

import traindiff as td
from traindiff import Outputs
from traindiff.comparison.subsets.outliers import far_models
from traindiff.pair import Pair

QUICK = {"permutations": 19, "directions": 1}


def replaced(outputs, model, change):
    values = outputs.values.astype(float)
    values[model] = change(values[model])
    return Outputs(masks=outputs.masks, values=values)


HUGE = {
    "one entry": lambda size: lambda row: np.where(np.arange(len(row)) == 3, size, row),
    "all of it": lambda size: lambda row: size * row,
}


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("size", [1e4, 1e8, 1e30])
@pytest.mark.parametrize("kind", HUGE)
def test_a_huge_model_is_left_out_with_its_partner_and_named(size, kind, paired):
    a, b = pair(0, models=(60, 60), train=20, targets=10, paired=paired)
    found = td.compare(replaced(a, 7, HUGE[kind](10 * size)), b, **QUICK)
    assert found.excluded_models.map(list) == Pair([7], [])
    kept = np.arange(60) != 7
    expected = td.compare(a.take(kept), b.take(kept) if paired else b, **QUICK)
    assert found.p_value == expected.p_value
    assert found.n_models == expected.n_models
    assert "1 diverged left out" in repr(found)


def test_wild_but_not_absurd_models_stay():
    a, _ = pair(0)
    for size in (2, 10, 100):
        assert not far_models(replaced(a, 7, lambda row, size=size: size * row)).any()
    heavy = np.random.default_rng(0).standard_t(2, size=(100, 20))
    assert not far_models(
        Outputs(masks=draw_masks(100, 20, np.random.default_rng(1)), values=heavy)
    ).any()


def test_saturated_and_discrete_outputs_are_no_divergence():
    rng = np.random.default_rng(0)
    masks = draw_masks(200, 20, rng)
    logits = 12 + 6 * run_noise(200, 30, rng)
    saturated = -np.logaddexp(0, -logits)  # log p: 1e-9 in most models, −5 in some
    right = (rng.random((200, 30)) < 0.97).astype(float)
    for values in (saturated, right):
        assert not far_models(Outputs(masks=masks, values=values)).any()


def test_no_size_of_one_model_makes_a_difference_of_none():
    # At 5%, more than 4 of 14 runs have probability 0.0004; they were 60% at 1e6.
    significant = 0
    for run in range(14):
        a, b = pair(run, models=(40, 40), train=16, targets=8, paired=False)
        size = 10.0 ** (2 + run % 7)
        found = td.compare(replaced(a, 3, HUGE["one entry"](size)), b, **QUICK)
        significant += found.p_value <= 0.05
    assert significant <= 4
