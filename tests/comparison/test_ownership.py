"""Sides and order: what models that had no say in finding directions say of them."""

import numpy as np
import pytest
from difference_cases import draw_masks, pair, prepared, rank_one

from traindiff import Outputs, compare

LOUD = 20


def loud_and_sure(seed):
    """One difference of ordinary targets; a larger, less sure one of five very noisy ones."""
    sure = rank_one(25, 40, 1.0)
    unsure = np.roll(rank_one(25, 40, 0.75), (20, 20), axis=(0, 1))
    a, b = pair(seed, models=(300, 300), planted_a=sure + unsure, snr=0.5)
    units = np.where(np.arange(25) < 20, 1, LOUD)
    return tuple(Outputs(masks=each.masks, values=each.values * units) for each in (a, b))


def test_the_surest_direction_comes_first_and_not_the_largest():
    for seed in range(3):
        found = compare(*loud_and_sure(seed), permutations=39, directions=3)
        assert found.significant[:2] == (0, 1)
        sizes = np.linalg.norm(found.projections[:, :2], axis=0)
        assert sizes[1] > 3 * sizes[0]
        weights = found.directions[0] - np.median(found.directions[0])
        assert set(np.argsort(-np.abs(weights))[:8].tolist()) == set(range(8))
        assert (np.diff(found.p_values) >= 0).all()


def groups_of_two_algorithms(seed, own=1.0, models=40, groups=12, targets=20):
    """Both use all groups, strongly; the first one A alone."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(groups, targets))
    extra = np.outer(np.arange(groups) == 0, own * rng.normal(size=targets))
    shared = weights * (np.arange(groups) > 0)[:, None]
    masks = draw_masks(models, groups, rng)
    noise = 0.4 * rng.normal(size=(2, models, targets))
    return tuple(
        Outputs(masks=masks, values=masks @ each + run)
        for each, run in zip((shared + extra, shared), noise, strict=True)
    )


def named(estimator, seeds):
    found = [
        compare(*groups_of_two_algorithms(seed), permutations=19, directions=1, estimator=estimator)
        for seed in seeds
    ]
    return [each.judged.sides[0] for each in found]


def test_least_squares_names_the_side_of_a_group_as_often_as_differences_of_means():
    solved, plain = (named(estimator, range(4)) for estimator in ("least-squares", "difference"))
    assert "B" not in solved
    assert solved.count("A") >= max(plain.count("A"), 3)


@pytest.fixture(scope="module")
def solved():
    a, b = groups_of_two_algorithms(0, models=64)
    return prepared(a, b, paired=True, shrinkage=0.3, estimator="least-squares")


def test_parts_corrected_by_the_rest_are_right_on_average(solved):
    """Over random splits their mean is the fit on all models, and not the rest's own."""
    whole = solved.whole().a
    folds = [fold for seed in range(6) for fold in solved.folds(8, seed)]
    mean = np.mean([fold.first.a for fold in folds], axis=0)
    assert np.linalg.norm(mean - whole) < 0.15 * np.linalg.norm(whole)


def test_parts_corrected_by_the_rest_are_nearer_to_the_whole(solved):
    whole = solved.whole().a
    corrected = [np.linalg.norm(fold.first.a - whole) for fold in solved.folds(8, 0)]
    parts = np.array_split(np.arange(64), 8)
    plain = [np.linalg.norm(solved.arms.a.part(part) - whole) for part in parts]
    assert np.mean(corrected) < 0.7 * np.mean(plain)


def test_what_a_part_says_owes_nothing_to_its_own_noise_in_the_rest(solved):
    """Of outputs that are noise alone, a part and the rest that corrects it agree by chance."""
    rng = np.random.default_rng(0)
    masks = draw_masks(64, 12, rng)
    noise = Outputs(masks=masks, values=rng.normal(size=(64, 20)))
    other = Outputs(masks=masks, values=rng.normal(size=(64, 20)))
    evidence = prepared(noise, other, paired=True, shrinkage=0.3, estimator="least-squares")
    folds = [fold for seed in range(5) for fold in evidence.folds(8, seed)]
    along = [(fold.rest.a * fold.first.a).sum() / np.square(fold.rest.a).sum() for fold in folds]
    assert abs(np.mean(along)) < 0.15
