"""Arrays that came from elsewhere, wrong in one way each: what each is has to be said."""

import numpy as np
import pytest
from difference_cases import draw_masks, rank_one, run_noise, shared_weights

import traindiff as td
from traindiff import Outputs

MODELS, TRAIN, TARGETS = 200, 40, 12


def sides(seed=0, planted=0.0):
    rng = np.random.default_rng(seed)
    masks, weights = draw_masks(MODELS, TRAIN, rng), shared_weights(TARGETS, TRAIN, rng, snr=2.0)
    use = weights + rank_one(TARGETS, TRAIN, planted)
    return [masks @ each.T + run_noise(MODELS, TARGETS, rng) for each in (use, weights)], masks


def told(values, masks_a, masks_b):
    a, b = values
    given = Outputs(masks=masks_a, values=a), Outputs(masks=masks_b, values=b)
    return td.compare(*given, directions=1, permutations=19)


def shuffled(axis_size):
    return np.random.default_rng(5).permutation(axis_size)


def wrong(how, values, masks):
    a, b = values
    return {
        "rows of masks in another order": (values, masks, masks[shuffled(MODELS)]),
        "masks unrelated": (values, draw_masks(MODELS, TRAIN, np.random.default_rng(9)), masks),
        "targets in another order": ((a, b[:, shuffled(TARGETS)]), masks, masks),
        "train in another order": (values, masks, masks[:, shuffled(TRAIN)]),
        "masks inverted": (values, masks, ~masks),
        "a loss": ((a, -b), masks, masks),
        "one file twice": ((a, a), masks, masks),
    }[how]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("rows of masks in another order", "B's outputs do not follow its masks"),
        ("masks unrelated", "A's outputs do not follow its masks"),
        ("targets in another order", "B's targets fit A's in another order"),
        ("train in another order", "B's training examples fit A's in another order"),
        ("masks inverted", "A's and B's datamodels are opposite"),
        ("a loss", "A's and B's datamodels are opposite"),
        ("one file twice", "A and B are the same outputs"),
    ],
)
def test_what_was_given_wrongly_is_named(how, said):
    found = told(*wrong(how, *sides(planted=1.0)))
    assert [each for each in found.misaligned if each.startswith(said)], found.misaligned


@pytest.mark.parametrize("planted", [0.0, 1.0])
def test_nothing_is_named_where_nothing_is_wrong(planted):
    for seed in range(4):
        values, masks = sides(seed, planted)
        found = told(values, masks, masks)
        assert found.misaligned == ()
        assert found.cautions == ()
        assert found.judged.unused is None


def test_axes_that_both_moved_have_nothing_in_common():
    (a, b), masks = sides()
    found = told((a, b[:, shuffled(TARGETS)]), masks, masks[:, shuffled(TRAIN)])
    assert any(each.startswith("A's and B's datamodels have nothing") for each in found.cautions)
