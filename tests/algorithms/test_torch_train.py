import numpy as np
import pytest
import torch

from traindiff.algorithms.torch.batches import Augmenter, batches, groups
from traindiff.algorithms.torch.train import SCHEDULES, classification, rate, regression
from traindiff.augment import RandomFlip, RandomNoise, RandomShift


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_rises_to_the_full_one_and_never_beyond(schedule):
    rates = [rate(schedule, 0.2, step, 50) for step in range(50)]
    assert 0 < rates[0] < rates[5] < rates[9] < 1
    assert rates[10] == 1
    assert max(rates) == 1
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_schedules_end_where_they_should():
    assert rate("constant", 0.0, 99, 100) == 1
    assert rate("linear", 0.0, 99, 100) == pytest.approx(0.01)
    assert rate("linear", 0.0, 50, 100) == pytest.approx(0.5)
    assert rate("cosine", 0.0, 50, 100) == pytest.approx(0.5)
    assert rate("cosine", 0.0, 99, 100) == pytest.approx(0, abs=1e-3)


def test_losses_are_sums_of_each_models_mean():
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(3, 5, 4, generator=generator)
    labels = torch.randint(0, 4, (3, 5), generator=generator)
    weights = torch.full((3, 5), 0.2)
    expected = sum(
        torch.nn.functional.cross_entropy(outputs[i], labels[i], label_smoothing=0.1)
        for i in range(3)
    )
    torch.testing.assert_close(classification(0.1)(outputs, labels, weights), expected)
    values = torch.randn(3, 5, generator=generator)
    expected = sum(torch.nn.functional.mse_loss(outputs[i, :, 0], values[i]) for i in range(3))
    torch.testing.assert_close(regression(outputs, values, weights), expected)


def test_an_epoch_shows_every_example_of_the_subset_once():
    rng = np.random.default_rng(0)
    masks = np.zeros((3, 30), dtype=bool)
    for mask, size in zip(masks, (17, 18, 20), strict=True):
        mask[rng.choice(30, size, replace=False)] = True
    seen = [[] for _ in masks]
    orders = []
    for batch in batches(masks, [1, 2, 3], epochs=2, batch_size=8):
        np.testing.assert_allclose(batch.weights.sum(dim=1), 1, rtol=1e-6)
        orders.append(batch.indices[0].tolist())
        for model, (row, count) in enumerate(zip(batch.indices, batch.counts, strict=True)):
            assert (batch.weights[model, count:] == 0).all()
            seen[model] += row[:count].tolist()
    for model, mask in enumerate(masks):
        half = len(seen[model]) // 2
        np.testing.assert_array_equal(sorted(seen[model][:half]), np.flatnonzero(mask))
        np.testing.assert_array_equal(sorted(seen[model][half:]), np.flatnonzero(mask))
    assert orders[:3] != orders[3:]


def test_groups_hold_models_of_as_many_steps_and_no_more_than_asked():
    sizes = np.array([16, 17, 24, 25, 18, 24])
    padded = groups(sizes, batch_size=8, at_once=2, padding=True)
    assert sorted(np.concatenate(padded)) == list(range(6))
    assert all(len(set(-(-sizes[group] // 8))) == 1 and len(group) <= 2 for group in padded)
    exact = groups(sizes, batch_size=8, at_once=9, padding=False)
    assert all(len(set(sizes[group])) == 1 for group in exact)


def test_augmentations_of_one_name_have_streams_of_their_own():
    inputs = torch.zeros(2, 5, 1, 4, 4)
    counts = np.array([5, 5])

    def augmented(*augmentations):
        return Augmenter(augmentations=augmentations, input_shape=(1, 4, 4), seeds=[1, 2])(
            inputs, counts
        )

    once, twice = augmented(RandomNoise()), augmented(RandomNoise(), RandomNoise())
    assert float((twice - 2 * once).abs().max()) > 0.01
    torch.testing.assert_close(augmented(RandomFlip(probability=0.0), RandomNoise()), once)
    torch.testing.assert_close(
        augmented(RandomNoise(), RandomShift(pixels=1))[0].shape, once[0].shape
    )
    assert float((once[0] - once[1]).abs().max()) > 0.01
