from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import traindiff as td
from traindiff import InputError, seeding
from traindiff.statistics.relabelling import Relabellings

T, N = 30, 60
CARRIERS, USED = np.arange(T) < 8, np.arange(N) < 12


def draw(count, use, seed, *, noise=1.0, scale=1.0):
    """Return scores of checkpoints: what all share, and noise of low rank as runs have it."""
    rng = seeding.stream(seed, "checkpoints")
    factors = rng.normal(size=(count, 3, 1, N)) * seeding.stream(0, "factors").normal(
        size=(3, T, 1)
    )
    own = rng.normal(size=(count, T, N))
    sizes = np.exp(rng.normal(scale=0.5, size=(count, 1, 1)))  # each checkpoint has its own scale
    return scale * sizes * (use + noise * (factors.sum(axis=1) + own))


SHARED = seeding.stream(0, "shared").normal(size=(T, N))
EXTRA = 1.5 * np.outer(CARRIERS, USED)


def planted(count=6, seed=0, **kwargs):
    return draw(count, SHARED + EXTRA, seed, **kwargs), draw(count, SHARED, seed + 1000, **kwargs)


def test_a_planted_difference_is_found_first_and_belongs_to_its_side():
    a, b = planted()
    found = td.compare_checkpoints(a, b)
    assert found.method == "checkpoints"
    assert found.p_value <= 2 * found.test.smallest_p_value
    assert found.significant[:1] == (0,)
    top = found.subpopulation(0, size=8)
    assert set(top.positive_targets) == set(np.flatnonzero(CARRIERS))
    assert np.isin(top.positive_train, np.flatnonzero(USED)).all()
    assert found.judged.sides[0] == "A"
    assert found.judged.strengths.a[0] - found.judged.strengths.b[0] > 0
    assert found.judged.reliability[0].projection_correlation > 0.6
    named = np.flatnonzero(found.train_q_values <= 0.05)
    assert len(named) >= 6
    assert set(named) <= set(np.flatnonzero(USED))
    assert set(np.flatnonzero(found.target_q_values <= 0.05)) <= set(np.flatnonzero(CARRIERS))
    swapped = td.compare_checkpoints(b, a)
    assert swapped.judged.sides[0] == "B"


def test_checkpoints_of_one_recipe_are_told_apart_in_no_more_runs_than_the_level():
    p_values = np.array(
        [
            td.compare_checkpoints(
                draw(4, SHARED, 2 * run), draw(4, SHARED, 2 * run + 1), directions=2
            ).p_value
            for run in range(100)
        ]
    )
    # 35 relabellings: the level is reached at p = 1/35, so 1/35 of the runs are expected.
    assert (p_values <= 0.05).sum() <= 9  # 99.9% of draws of Binomial(100, 1/35)
    assert p_values.mean() > 0.4


def test_one_side_uniformly_stronger_or_noisier_is_no_difference():
    rejected = {"stronger": 0, "noisier": 0}
    for run in range(20):
        a = draw(4, SHARED, 2 * run)
        rejected["stronger"] += (
            td.compare_checkpoints(
                a, draw(4, SHARED, 2 * run + 1, scale=30.0), directions=1
            ).p_value
            <= 0.05
        )
        rejected["noisier"] += (
            td.compare_checkpoints(a, draw(4, SHARED, 2 * run + 1, noise=1.5), directions=1).p_value
            <= 0.05
        )
    assert rejected["stronger"] <= 4  # 99.9% of draws of Binomial(20, 1/35)
    assert rejected["noisier"] <= 4


def test_over_all_relabellings_a_p_value_is_no_smaller_than_its_share():
    """Which is what exact means, whatever the scores are."""
    a, b = planted(count=4, noise=3.0)
    both = np.concatenate([a, b])
    p_values = []
    for chosen in combinations(range(1, 8), 3):
        members = np.isin(np.arange(8), (0, *chosen))
        found = td.compare_checkpoints(both[members], both[~members], directions=1)
        p_values.append(found.p_value)
    share = [np.mean(np.array(p_values) <= level + 1e-9) for level in np.arange(1, 36) / 35]
    assert np.all(share <= np.arange(1, 36) / 35 + 1e-9)
    assert min(p_values) == pytest.approx(1 / 35)


def test_swapping_sides_changes_no_test():
    a, b = planted(noise=2.0)
    one, other = td.compare_checkpoints(a, b), td.compare_checkpoints(b, a)
    assert one.p_value == other.p_value
    np.testing.assert_allclose(one.found.singular_values, other.found.singular_values, rtol=1e-4)
    np.testing.assert_allclose(one.test.train.statistics, other.test.train.statistics, rtol=1e-4)


def test_the_order_and_the_scale_of_checkpoints_do_not_matter():
    a, b = planted(count=4)
    scales = np.array([1e-6, 3.0, 1e5, 0.1])[:, None, None]
    one, other = td.compare_checkpoints(a, b), td.compare_checkpoints(a[::-1] * scales, b)
    assert one.p_value == other.p_value
    np.testing.assert_allclose(one.projections, other.projections, rtol=1e-3, atol=1e-3)


def test_the_order_of_targets_and_train_does_not_matter():
    a, b = planted()
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(T), rng.permutation(N)
    one = td.compare_checkpoints(a, b)
    other = td.compare_checkpoints(a[:, rows][:, :, columns], b[:, rows][:, :, columns])
    assert one.p_value == other.p_value
    np.testing.assert_allclose(
        np.abs(other.directions[0]), np.abs(one.directions[0][columns]), atol=1e-3
    )
    np.testing.assert_allclose(other.train_q_values, one.train_q_values[columns], atol=1e-6)


def test_groups_of_one_give_the_same_and_larger_groups_still_find_it():
    from traindiff.datasets.groups import Groups

    a, b = planted()
    pairs = Groups(names=tuple(map(str, range(N // 2))), members=np.arange(N) // 2)
    found = td.compare_checkpoints(pairs.sums(a), pairs.sums(b))
    assert found.p_value <= 2 * found.test.smallest_p_value
    assert (found.subpopulation(0, size=6).positive_train < 6).all()
    assert found.directions.shape[1] == N // 2


def test_directions_are_orthonormal_and_nothing_is_nan():
    a, b = planted()
    a[:, 3], b[:, 3] = 0, 0
    a[:, :, 20], b[:, :, 20] = 0, 0
    found = td.compare_checkpoints(a, b, directions=4)
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(4), atol=1e-4)
    assert found.excluded_targets.tolist() == [3]
    assert found.excluded_train.tolist() == [20]
    assert found.target_q_values[3] == found.train_q_values[20] == 1
    assert found.similarity[3] == 0
    numbers = [found.similarity, found.p_values, found.found.singular_values, found.projections]
    numbers += [*found.found.explained, *found.judged.strengths]
    numbers += [
        array for axis in (found.test.train, found.test.targets) for array in vars(axis).values()
    ]
    assert all(np.isfinite(array).all() for array in numbers)
    assert found.test.targets.statistics[3] == found.test.train.statistics[20] == 0


def test_no_example_is_called_different_when_the_whole_is_not():
    found = td.compare_checkpoints(draw(4, SHARED, 0), draw(4, SHARED, 1))
    assert found.train_q_values.min() >= found.p_value
    assert found.target_q_values.min() >= found.p_value


def test_scores_that_cancel_have_nothing_in_common_and_are_still_compared():
    a, _ = planted(count=4)
    found = td.compare_checkpoints(a, -a)
    assert np.isfinite(found.projections).all()
    assert found.p_value == pytest.approx(1 / 35)


@pytest.mark.parametrize("kind", [np.float16, np.float64, np.int64])
def test_scores_of_other_types_and_on_the_disk_give_the_same(kind, tmp_path):
    a, b = ((100 * side).astype(kind) for side in planted(count=4))
    np.save(tmp_path / "a.npy", a)
    mapped = td.compare_checkpoints(np.load(tmp_path / "a.npy", mmap_mode="r"), b)
    usual = td.compare_checkpoints(a.astype(np.float32), b.astype(np.float32))
    assert mapped.p_value == usual.p_value
    # Further directions have nearly equal singular values, and turn with the last digit.
    np.testing.assert_allclose(
        mapped.projections[:, :3], usual.projections[:, :3], rtol=1e-3, atol=1e-3
    )


def test_the_same_checkpoints_on_both_sides_do_not_differ():
    a, _ = planted()
    assert td.compare_checkpoints(a, a).p_value > 0.5


@pytest.mark.parametrize(("a", "b", "least"), [(3, 3, 1 / 10), (3, 4, 1 / 35), (4, 4, 1 / 35)])
def test_the_smallest_possible_p_is_that_of_the_relabellings(a, b, least):
    found = td.compare_checkpoints(
        draw(a, SHARED + 10 * EXTRA, 0), draw(b, SHARED, 1), directions=1
    )
    assert found.test.smallest_p_value == pytest.approx(least)
    assert found.p_value == pytest.approx(least)


def test_three_a_side_are_told_that_they_can_never_be_significant():
    found = td.compare_checkpoints(*planted(count=3))
    assert found.significant == ()
    assert "no p-value below 0.1: too few" in found.test.power.message


@given(st.integers(3, 6), st.integers(3, 6))
@settings(deadline=None, max_examples=15)
def test_relabellings_are_all_different_and_all_there(a, b):
    draws = Relabellings(a=a, b=b, most=10**6, seed=0)
    seen = {tuple(chosen) for chosen in draws}
    assert len(seen) == len(list(draws)) == draws.count == draws.total - 1
    assert draws.total == comb(a + b, a) // (2 if a == b else 1)
    assert all(sum(chosen) == a for chosen in seen)
    observed = tuple(np.arange(a + b) < a)
    mirrors = {tuple(not each for each in chosen) for chosen in seen}
    assert observed not in seen
    if a == b:
        assert not mirrors & seen


def test_many_checkpoints_are_relabelled_at_random_and_reproducibly():
    draws = Relabellings(a=10, b=10, most=99, seed=3)
    assert not draws.enumerated
    assert draws.smallest_p_value == 0.01
    first, again = (np.array(list(draws)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first.sum(axis=1) == 10).all()
    assert 0.3 < first.mean(axis=0).min() < first.mean(axis=0).max() < 0.7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, b: (a[0], b), r"\[checkpoints, targets, train\], found shape \(30, 60\)"),
        (lambda a, b: (a, b[:, :, :5]), "same targets and training examples"),
        (lambda a, b: (a[:2], b), "scores_a has 2 checkpoints; at least 3 a side"),
        (lambda a, b: (a, b[:1]), "scores_b has 1 checkpoints"),
        (lambda a, b: (a, b[[0, 1, 1]]), "checkpoints 1 and 2 have the same scores"),
        (
            lambda a, b: (a[[0, 1, 0]] * np.array([1, 1, 3e-9])[:, None, None], b),
            "scores_a: checkpoints 0 and 2 have the same scores, up to a factor",
        ),
        (lambda a, b: (a * 0, b), "all scores of checkpoint 0 are zero"),
        (lambda a, b: (np.where(a == a[1, 2, 3], np.nan, a), b), "checkpoint 1, target 2, train 3"),
        (lambda a, b: (a > 0, b), "real numbers, found bool"),
    ],
)
def test_unusable_scores_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        td.compare_checkpoints(*change(*planted(count=3)))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"directions": 0}, "directions must be at least 1"),
        ({"permutations": 18}, "permutations must be at least 19"),
        ({"level": 1.0}, "level must lie between 0 and 1"),
        ({"shrinkage": 1.1}, r"shrinkage must lie in \[0, 1\]"),
    ],
)
def test_unusable_settings_are_refused(setting, message):
    with pytest.raises(InputError, match=message):
        td.compare_checkpoints(*planted(count=3), **setting)
