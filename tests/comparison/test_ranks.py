import numpy as np
import pytest

from traindiff.comparison.testing.omnibus import null_width, top_test

RANKS = (2, 4, 8, 16, 30)
TRAIN = 120
NULL = 99


def tops_of(z):
    return [np.linalg.svd(z[:rank], compute_uv=False)[0] for rank in RANKS]


@pytest.fixture(scope="module")
def null_tops():
    rng = np.random.default_rng(0)
    return np.array([tops_of(rng.normal(size=(30, TRAIN))) for _ in range(400)])


def planted(seed, sizes, row=0):
    """White noise and orthogonal differences of given singular values, in single rows."""
    z = np.random.default_rng(seed).normal(size=(30, TRAIN))
    for k, size in enumerate(sizes):
        z[row + k, 10 * k : 10 * (k + 1)] += size / np.sqrt(10)
    return z


def test_noise_is_significant_as_often_as_the_level_says(null_tops):
    # 200 runs at 10%: a standard error of 2%.
    firsts = [
        top_test(planted(1000 + i, ()), RANKS, null_tops[i : i + NULL], 3).p_values[0]
        for i in range(200)
    ]
    assert 0.04 < np.mean(np.array(firsts) <= 0.1) < 0.16


def test_what_few_patterns_show_is_found_where_all_of_them_hide_it(null_tops):
    # 10 runs: a singular value of 9 is above the edge of 2 rows of noise, and inside that of 30.
    found = [top_test(planted(i, (9,)), RANKS, null_tops[:NULL], 3) for i in range(10)]
    full = [top_test(planted(i, (9,)), RANKS[-1:], null_tops[:NULL, -1:], 3) for i in range(10)]
    p_values, alone = (np.array([each.p_values[0] for each in tests]) for tests in (found, full))
    assert np.median(p_values) < np.median(alone)
    assert (p_values <= 0.05).mean() >= 0.8


def test_what_the_quietest_pattern_holds_is_found_too(null_tops):
    found = top_test(planted(0, (18,), row=29), RANKS, null_tops[:NULL], 3)
    assert found.p_values[0] == 1 / (1 + NULL)
    assert found.rank(1) == 30


def test_two_differences_are_two_directions_and_not_three(null_tops):
    # 40 runs: a third one at most as often as the level, up to sampling error.
    p_values = np.array(
        [
            top_test(planted(i, (30, 25), row=i % 8), RANKS, null_tops[:NULL], 4).p_values
            for i in range(40)
        ]
    )
    assert (p_values[:, 1] <= 0.05).all()
    assert (p_values[:, 2] <= 0.05).mean() <= 0.1
    assert (np.diff(p_values, axis=1) >= 0).all()


def test_the_rank_shown_is_where_the_last_direction_is_clearest(null_tops):
    found = top_test(planted(0, (30, 30)), RANKS, null_tops[:NULL], 2)
    assert found.rank(2) == found.ranks[int(np.argmax(found.heights[:, 1]))]
    assert found.rank(0) == found.rank(1)


def test_ranks_too_small_for_a_direction_do_not_have_it(null_tops):
    found = top_test(planted(0, ()), RANKS, null_tops[:NULL], 5)
    assert np.isneginf(found.heights[0, 2:]).all()
    assert np.isfinite(found.heights[-1]).all()
    assert np.isfinite(found.p_values).all()


def test_the_level_is_exceeded_by_few_permutations(null_tops):
    found = top_test(planted(0, ()), RANKS, null_tops[:NULL], 1)
    for at, rank in enumerate(RANKS):
        assert (null_tops[:NULL, at] > found.level(rank, 0.05)).mean() <= 0.05


def test_the_width_from_theory_is_in_proportion_to_that_of_noise(null_tops):
    # Tracy-Widom's own standard deviation is 1.27; 400 draws, so 4% of standard error, and the
    # asymptotics are a few per cent off at rank 2.
    ratio = null_tops.std(axis=0) / null_width(np.array(RANKS), TRAIN)
    np.testing.assert_allclose(ratio, 1.2, rtol=0.2)
