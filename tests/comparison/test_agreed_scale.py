import numpy as np
from difference_cases import draw_masks, run_noise, shared_weights

import traindiff as td
from traindiff import Outputs


def test_examples_that_did_not_change_are_not_named_where_a_minority_counts_double():
    # A quarter of the examples counts double under A: the best scale of all lies near 1.3, at which
    # the unchanged ones differ too. Named at it, they were a third to a half of all named.
    doubled, false, found = np.arange(40) < 10, [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        masks, weights = draw_masks(200, 40, rng), shared_weights(25, 40, rng, snr=1.5)
        a = masks @ (weights * np.where(doubled, 2, 1)).T + run_noise(200, 25, rng)
        b = masks @ weights.T + run_noise(200, 25, rng)
        sides = (Outputs(masks=masks, values=each) for each in (a, b))
        named = td.compare(*sides, permutations=39, directions=1).train_q_values <= 0.1
        false.append((named & ~doubled).sum())
        found.append((named & doubled).sum())
    assert sum(found) >= 12
    assert sum(false) <= 0.2 * (sum(false) + sum(found))


def test_where_half_counts_double_neither_half_is_named():
    # Either half may be the one that is used alike: at the scale of one, all of the other differ.
    # Of seed 6, one half fits better by more than chance; 18 of the other were named for it.
    named = 0
    for seed in (0, 6):
        rng = np.random.default_rng(seed)
        masks, weights = draw_masks(200, 40, rng), shared_weights(25, 40, rng, snr=1.0)
        a = masks @ (weights * np.where(np.arange(40) < 20, 2, 1)).T + run_noise(200, 25, rng)
        b = masks @ weights.T + run_noise(200, 25, rng)
        sides = (Outputs(masks=masks, values=each) for each in (a, b))
        found = td.compare(*sides, permutations=39, directions=1)
        assert found.p_value <= 0.05
        named += (found.train_q_values <= 0.1).sum()
    assert named <= 4
