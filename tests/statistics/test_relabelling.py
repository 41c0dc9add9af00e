from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traindiff.statistics.relabelling import Swaps, exceedance, labellings


def observed(a, b, seed=0):
    return np.random.default_rng(seed).permutation(a + b) < a


@given(st.integers(2, 5), st.integers(2, 5), st.integers(0, 9))
@settings(deadline=None, max_examples=20)
def test_every_division_but_the_observed_one_is_listed_once(a, b, seed):
    is_a = observed(a, b, seed)
    drawn, draws = labellings(is_a, np.arange(a + b), most=10**4, seed=0)
    seen = {tuple(row) for row in drawn}
    mirrors = {tuple(~row) for row in drawn}
    assert len(seen) == len(drawn) == draws.count == comb(a + b, a) // (1 + (a == b)) - 1
    assert tuple(is_a) not in seen
    assert tuple(~is_a) not in seen
    assert (drawn.sum(axis=1) == a).all()
    assert not seen & mirrors


@pytest.mark.parametrize("pairs", [2, 3, 6])
def test_every_choice_of_swaps_is_listed_once(pairs):
    is_a, names = np.tile([True, False], pairs), np.repeat(np.arange(pairs), 2)
    drawn, draws = labellings(is_a, names, most=10**4, seed=0)
    both = {tuple(row) for row in drawn} | {tuple(~row) for row in drawn}
    assert len(both) == 2 * draws.count == 2**pairs - 2
    assert draws.smallest_p_value == 1 / 2 ** (pairs - 1)
    assert tuple(is_a) not in both
    assert (drawn.reshape(-1, pairs, 2).sum(axis=2) == 1).all()


@pytest.mark.parametrize(("a", "b"), [(3, 4), (20, 20), (12, 30)])
def test_exchanging_a_and_b_mirrors_every_draw(a, b):
    is_a = observed(a, b)
    there, _ = labellings(is_a, np.arange(a + b), most=50, seed=1)
    back, _ = labellings(~is_a, np.arange(a + b), most=50, seed=1)
    assert {tuple(row) for row in there} <= {tuple(x) for x in [*back, *~back]}
    assert (there.sum(axis=1) == a).all()


def test_exchanging_a_and_b_mirrors_every_swap():
    is_a, names = np.tile([True, False], 20), np.repeat(np.arange(20), 2)
    there, draws = labellings(is_a, names, most=50, seed=1)
    back, _ = labellings(~is_a, names, most=50, seed=1)
    assert not draws.enumerated
    np.testing.assert_array_equal(there, ~back)


def test_random_swaps_are_fair_and_reproducible():
    swaps = Swaps(pairs=30, most=400, seed=3)
    first, again = (np.array(list(swaps)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    # 400 tosses a pair: a standard error of 2.5%.
    assert 0.4 < first.mean(axis=0).min() < first.mean(axis=0).max() < 0.6


def test_sums_that_differ_by_rounding_are_ties():
    assert exceedance(0.3, np.array([0.1 + 0.2, 0.3 - 1e-16, 0.2])) == 3 / 4
