from dataclasses import replace

import numpy as np
import pytest
from difference_cases import pair, rank_one

from traindiff import InputError, compare
from traindiff.comparison.directions.standouts import sparse_direction


@pytest.fixture(scope="module")
def planted():
    # The first 8 of 40 training examples matter to A alone.
    a, b = pair(0, models=(400, 400), planted_a=rank_one(25, 40, 0.6))
    return compare(a, b, directions=3, permutations=99)


def test_the_examples_of_a_planted_difference_are_kept_and_few_others(planted):
    kept = np.flatnonzero(sparse_direction(planted, 0))
    assert set(range(8)) <= set(kept.tolist())
    assert len(kept) <= 12


def test_what_is_kept_has_its_own_weight(planted):
    sparse = sparse_direction(planted, 0)
    dense = planted.directions[0] - np.median(planted.directions[0])
    np.testing.assert_array_equal(sparse[sparse != 0], dense[sparse != 0])
    assert np.abs(dense[sparse == 0]).max() < np.abs(dense[sparse != 0]).min()


def test_a_stricter_level_keeps_fewer(planted):
    counts = [np.count_nonzero(sparse_direction(planted, 0, level)) for level in (0.5, 0.1, 1e-6)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_noise_keeps_few():
    # Unit noise in 2,000 examples and one direction that is all noise: at most the level's share.
    rng = np.random.default_rng(0)
    z = rng.normal(size=2000)
    a, b = pair(0, models=(400, 400), planted_a=rank_one(25, 40, 0.6))
    found = compare(a, b, directions=1, permutations=19)
    strength = np.linalg.norm(z)
    rows, strengths = z[None] / strength, np.array([strength])
    fake = replace(found, found=replace(found.found, rows=rows, singular_values=strengths))
    assert np.count_nonzero(sparse_direction(fake, 0)) <= 2


def test_a_direction_that_is_not_significant_has_nothing_to_show():
    found = compare(*pair(1), directions=2, permutations=19)
    with pytest.raises(InputError, match="not significant"):
        sparse_direction(found, 0)
