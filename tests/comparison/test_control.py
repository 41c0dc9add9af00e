"""The control compares an algorithm with itself, and finds what chance gives."""

import numpy as np

from traindiff.comparison.control import control_p_value
from traindiff.outputs import Outputs


def outputs(seed: int, models: int = 120) -> Outputs:
    rng = np.random.default_rng(seed)
    masks = rng.permuted(np.tile([0, 1], (models, 15)), axis=1)
    noise = rng.normal(size=(models, 1)) + rng.normal(size=(models, 10))
    return Outputs(masks=masks, values=masks @ rng.normal(size=(30, 10)) + noise)


def test_an_algorithm_is_seldom_found_to_differ_from_itself():
    found = [control_p_value(outputs(seed), permutations=39) for seed in range(10)]
    assert sum(p <= 0.05 for p in found) <= 2
    assert np.mean(found) > 0.3


def test_halves_are_drawn_at_random_and_not_in_order():
    one, other = outputs(0), outputs(1)
    joined = Outputs(
        masks=np.concatenate([one.masks, other.masks]),
        values=np.concatenate([one.values, other.values]),
    )
    assert control_p_value(joined, permutations=99) > 0.05


def test_the_same_seed_gives_the_same_control():
    assert control_p_value(outputs(3), permutations=19, seed=5) == control_p_value(
        outputs(3), permutations=19, seed=5
    )


def test_too_few_models_or_nothing_to_compare_give_none():
    assert control_p_value(outputs(0, models=39)) is None
    first = outputs(0, models=40)
    masks = np.ones_like(first.masks)
    masks[0, 0] = False
    assert control_p_value(Outputs(masks=masks, values=first.values), permutations=19) is None


def test_progress_says_that_it_is_the_control():
    titles = []

    class Listening:
        def stage(self, title, total, *, done=0):
            titles.append(title)
            from traindiff.progress import Silent

            return Silent().stage(title, total, done=done)

    control_p_value(outputs(0), permutations=19, progress=Listening())
    assert set(titles) == {"control"}
