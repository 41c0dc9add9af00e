"""A scale a target, and sides that use nothing: what else a difference may be (METHOD §10.6)."""

import numpy as np
import pytest
from difference_cases import draw_masks, pair, rank_one, run_noise, shared_weights

import traindiff as td
from traindiff import Outputs


def reacting(seed, strengths, planted=0.0, models=200):
    """B's targets react ``strengths`` times as much as A's, signal and noise alike."""
    rng = np.random.default_rng(seed)
    masks, weights = draw_masks(models, 40, rng), shared_weights(25, 40, rng, snr=2.0)
    a = masks @ (weights + rank_one(25, 40, planted)).T + run_noise(models, 25, rng)
    b = strengths * (masks @ weights.T + run_noise(models, 25, rng))
    sides = (Outputs(masks=masks, values=each) for each in (a, b))
    return td.compare(*sides, directions=1, permutations=39).test


STRENGTHS = np.geomspace(1 / 3, 3, 25)


def test_targets_that_only_react_more_or_less_are_said_to():
    tests = [reacting(seed, STRENGTHS) for seed in range(3)]
    assert all(test.significant and test.only_strength for test in tests)


def test_another_use_is_more_than_strength():
    tests = [reacting(seed, STRENGTHS, planted=1.5) for seed in range(2)]
    assert all(test.p_value <= test.strength <= 0.05 for test in tests)
    assert not any(test.only_strength for test in tests)


def test_the_wider_hypothesis_is_tried_only_where_the_narrower_fails():
    test = td.compare(*pair(0), directions=1, permutations=19).test
    assert test.strength is None
    assert not test.only_strength


@pytest.mark.parametrize("silent", ["A", "B"])
def test_a_side_that_uses_nothing_is_named_not_called_alike(silent):
    rng = np.random.default_rng(3)
    masks, weights = draw_masks(200, 40, rng), shared_weights(25, 40, rng, snr=3.0)
    using = masks @ weights.T + run_noise(200, 25, rng)
    sides = [Outputs(masks=masks, values=each) for each in (run_noise(200, 25, rng), using)]
    found = td.compare(*(sides if silent == "A" else sides[::-1]), directions=1, permutations=19)
    assert found.judged.unused == silent
    assert found.judged.similarity is None
    assert found.misaligned[0].startswith(f"{silent}'s outputs do not follow its masks")


def test_the_share_that_masks_explain_is_the_planted_one():
    shares, covered = [], 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        masks, weights = draw_masks(120, 40, rng), shared_weights(10, 40, rng)
        values = (masks @ weights.T + rng.normal(size=(120, 10)) for _ in range(2))
        sides = (Outputs(masks=masks, values=each) for each in values)
        use = td.compare(*sides, directions=1, permutations=19).judged.use
        shares += [each.mean for each in use]
        covered += sum(each.low <= 0.5 <= each.high for each in use)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.03)
    assert covered >= 17


def test_similarity_without_noise_is_one_where_a_and_b_are_alike():
    # The cosines of estimates are about 0.75 here.
    found = [td.compare(*pair(seed), directions=1, permutations=19) for seed in range(6)]
    assert np.mean([each.similarity.mean() for each in found]) < 0.85
    assert np.mean([each.judged.similarity for each in found]) == pytest.approx(1, abs=0.05)
