"""The paper's studies, on miniature trees of the same layout."""

from pathlib import Path

import numpy as np
import pytest
import torch
from case_studies.paper.groups import algorithm, divide, grouped
from case_studies.paper.networks import resnet9, resnet18, resnet50
from tests.datasets.test_cifar import NAMES, records

from traindiff.algorithms.torch_stack import reason_not_vectorised
from traindiff.datasets.cifar import cifar10
from traindiff.errors import InputError
from traindiff.study.algorithms import build_algorithm
from traindiff.study.files import read_file, study_from

PAPER = Path(__file__).parents[2] / "case_studies/paper"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return CIFAR-10's folder with 400 training and 100 test pictures."""
    root = tmp_path_factory.mktemp("cifar")
    for i in range(1, 6):
        (root / f"data_batch_{i}.bin").write_bytes(records(80, i).tobytes())
    (root / "test_batch.bin").write_bytes(records(100, 6).tobytes())
    (root / "batches.meta.txt").write_text("\n".join(NAMES))
    return root


@pytest.mark.parametrize(
    ("factory", "side", "count"),
    # What torchvision's networks of these names have, with 1,000 classes.
    [(resnet18, 64, 11_689_512), (resnet50, 64, 25_557_032), (resnet9, 32, 2_401_600)],
)
def test_networks_have_the_published_number_of_parameters(factory, side, count):
    network = factory((3, side, side), 1000)
    assert sum(weights.numel() for weights in network.parameters()) == count
    with torch.no_grad():
        assert network.eval()(torch.zeros(1, 3, side, side)).shape == (1, 1000)


def test_resnet_parameters_have_torchvisions_names():
    names = set(resnet50((3, 64, 64), 2).state_dict())
    assert {"conv1.weight", "bn1.running_mean", "layer1.0.downsample.1.bias"} <= names
    assert {"layer4.2.conv3.weight", "fc.bias"} <= names


@pytest.mark.parametrize(("factory", "side"), [(resnet9, 32), (resnet18, 32)])
def test_batch_normalisation_is_each_models_own(factory, side):
    assert reason_not_vectorised(factory((3, side, side), 2), torch.rand(2, 3, side, side)) is None


def planned(name, changes, data):
    """Return the plan of a paper study, made small."""
    settings = read_file(PAPER / name)
    settings["data"] = {**settings["data"], **data}
    settings["train"] = {**settings["train"], **changes, "engine": "inline"}
    settings.pop("verify")
    return settings


def test_dry_run_tells_models_device_hours_and_bytes(tree, tmp_path):
    sizes = {"path": str(tree), "train": 400, "targets": 60, "verification": 40}
    study = study_from(planned("cifar10.toml", {"models": 5000}, sizes), tmp_path / "run")
    text = "\n".join(study.plan())
    assert "A (noisy SGD): 5,000 of 5,000 models to train" in text
    assert "30 s each" in text
    # 5,000 masks of 400 and 60 targets of 8 bytes, and 8 kB for each chunk of 16 models
    assert "7.0 MB on disk" in text
    assert "83.3 hours of one device" in text


def test_dry_run_of_groups(tree, tmp_path):
    of = {"source": "cifar-10", "path": str(tree)}
    sizes = {"of": of, "size": 10, "keep": [20, 10], "train": 40, "targets": 20, "verification": 10}
    settings = planned("cifar10-groups.toml", {}, sizes)
    for side in "ab":
        settings[side] = {**settings[side], "of": of, "size": 10}
    text = "\n".join(study_from(settings, tmp_path / "run").plan())
    assert text.startswith("40 training examples, of which each model sees 50%; 20 targets.")
    assert "1,500 of 1,500 models to train" in text


@pytest.mark.parametrize("name", sorted(path.name for path in PAPER.glob("*.toml")))
def test_studies_state_alpha_and_a_time(name):
    train = read_file(PAPER / name)["train"]
    assert train["fraction"] == 0.5
    assert train["seconds_per_model"] > 0


def test_groups_are_whole_classes_halved(tree):
    data = cifar10(tree)
    rows = np.flatnonzero(data.metadata["part"] == "train")
    groups = divide(data, rows, 10)
    np.testing.assert_array_equal(np.sort(np.concatenate(groups)), rows)
    assert len(groups) == 40
    assert all(len(np.unique(data.labels[group])) == 1 for group in groups)


def test_groups_are_alike(tree):
    """A group's pictures differ less than as many of its class taken at random."""
    data = cifar10(tree)
    # The class's first half is dark, so that there is something to be alike in.
    inputs = data.inputs.copy()
    rows = np.flatnonzero((data.metadata["part"] == "train") & (data.labels == 3))
    inputs[rows[::2]] *= 0.2
    groups = divide(type(data)(**{**vars(data), "inputs": inputs}), rows, 20)
    dark = [np.isin(group, rows[::2]).mean() for group in groups]
    assert sorted(dark) == [0.0, 1.0]


def test_a_mask_over_groups_is_a_mask_over_their_members(tree):
    of = {"source": "cifar-10", "path": str(tree)}
    recipe = {"kind": "function", "function": "tests.case_studies.test_paper:count_seen"}
    made = algorithm("counting", of, 10, recipe)
    data = grouped(of, 10, (20, 10))
    train = data.take(np.flatnonzero(data.metadata["part"] == "train"))
    made.check(train)
    masks = np.zeros((2, len(train)), dtype=bool)
    masks[0, :3], masks[1, 5] = True, True
    ensemble = made.train(train, masks, [0, 1], lambda count: None)
    seen = ensemble.predict(train.inputs[:1])[:, 0, 0]
    members = train.metadata["members"]
    np.testing.assert_array_equal(seen, [members[:3].sum(), members[5]])


def count_seen(inputs, labels, seed):
    return lambda new: np.full((len(new), 10), float(len(inputs)))


def test_another_number_of_groups_is_refused(tree):
    of = {"source": "cifar-10", "path": str(tree)}
    recipe = {"kind": "function", "function": "tests.case_studies.test_paper:count_seen"}
    data = grouped(of, 10, (20, 10))
    with pytest.raises(InputError, match="39 training examples, but there are 40 groups"):
        algorithm("counting", of, 10, recipe).check(data.take(np.arange(39)))


@pytest.mark.parametrize("keep", [(10, 10), (41, 10), (5, 0)])
def test_parts_must_go_by_size(tree, keep):
    with pytest.raises(InputError, match="40 groups > targets > verification > 0"):
        grouped({"source": "cifar-10", "path": str(tree)}, 10, keep)


def test_too_few_held_out_examples(tree):
    with pytest.raises(InputError, match="has 60 targets, but 70 are to be kept"):
        grouped({"source": "cifar-10", "path": str(tree)}, 2, (70, 10))


def test_groups_need_parts():
    with pytest.raises(InputError, match="no metadata column 'part'"):
        grouped({"source": "digits"}, 10, (20, 10))


def test_the_papers_recipes_train(tree):
    """Two ResNet-9 of the study's own recipe, on few pictures and for one epoch."""
    recipe = {**read_file(PAPER / "cifar10.toml")["a"], "epochs": 1, "batch_size": 20}
    data = cifar10(tree)
    train = data.take(np.flatnonzero(data.metadata["part"] == "train")[:60])
    masks = np.ones((2, 60), dtype=bool)
    ensemble = build_algorithm(recipe, "a").train(train, masks, [0, 1], lambda count: None)
    logits = ensemble.predict(data.inputs[-5:])
    assert logits.shape == (2, 5, 10)
    assert np.isfinite(logits).all()
    assert np.abs(logits[0] - logits[1]).max() > 0
