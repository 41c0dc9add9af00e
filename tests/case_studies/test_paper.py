"""The paper's studies, on miniature trees of the same layout."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from case_studies.paper.groups import algorithm, divide, grouped
from case_studies.paper.networks import resnet9, resnet18, resnet50
from PIL import Image
from safetensors.torch import save_file
from tests.datasets.test_cifar import NAMES, records

from traindiff.algorithms.torch.together import try_together
from traindiff.datasets.cifar import cifar10
from traindiff.datasets.living17 import LIVING17
from traindiff.errors import InputError
from traindiff.study.algorithms import build_algorithm
from traindiff.study.files import read_file, study_from

PAPER = Path(__file__).parents[2] / "case_studies/paper"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return CIFAR-10's folder with 400 training and 80 test pictures."""
    root = tmp_path_factory.mktemp("cifar")
    for i in range(1, 6):
        (root / f"data_batch_{i}.bin").write_bytes(records(80, i).tobytes())
    (root / "test_batch.bin").write_bytes(records(80, 6).tobytes())
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
    found = try_together(lambda seed: factory((3, side, side), 2), torch.rand(16, 3, side, side))
    assert found.reason is None


def planned(name, changes, data):
    """Return the plan of a paper study, made small."""
    settings = read_file(PAPER / name)
    settings["data"] = {**settings["data"], **data}
    settings["train"] = {**settings["train"], **changes, "engine": "inline"}
    return settings


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    """Return an ImageNet folder: 4 training and 2 validation pictures of each class."""
    root = tmp_path_factory.mktemp("imagenet")
    for label, ids in enumerate(LIVING17.values()):
        for wordnet_id in ids:
            for part, count in (("train", 4), ("val", 2)):
                folder = root / part / wordnet_id
                folder.mkdir(parents=True)
                for i in range(count):
                    picture = Image.new("RGB", (12, 9), (14 * label, 60 * i, 0))
                    picture.save(folder / f"{i}.JPEG")
    return root


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    """Return Waterbirds' folder with 64 training, 16 validation and 24 test pictures."""
    root = tmp_path_factory.mktemp("waterbirds")
    splits = np.repeat([0, 1, 2], [64, 16, 24])
    index = np.arange(len(splits))
    names = [f"bird_{i}.jpg" for i in index]
    columns = {"img_filename": names, "y": index % 2, "split": splits, "place": index // 2 % 2}
    pd.DataFrame(columns).to_csv(root / "metadata.csv", index=False)
    for i, name in enumerate(names):
        Image.new("RGB", (30, 20), (2 * i, 0, 100)).save(root / name)
    return root


@pytest.fixture(scope="module")
def beside(tmp_path_factory):
    """Return the folder of what the Waterbirds studies need besides: weights and a face."""
    root = tmp_path_factory.mktemp("beside")
    weights = {k: v for k, v in resnet50((3, 64, 64), 2).state_dict().items() if k[:2] != "fc"}
    save_file(weights, root / "resnet50-imagenet.safetensors")
    Image.new("RGBA", (40, 40), (200, 150, 120, 255)).save(root / "face.png")
    return root


SMALL = {
    "living17": {"train": 272, "targets": 82, "verification": 54},
    "waterbirds": {"train": 64, "targets": 24, "verification": 16},
    "cifar10": {"train": 400, "targets": 48, "verification": 32},
    "living17-groups": {"size": 4, "keep": [40, 20], "train": 68},
    "waterbirds-groups": {"size": 4, "keep": [12, 6], "train": 16},
    "cifar10-groups": {"size": 10, "keep": [30, 15], "train": 40},
}
"""What each study's [data] says of the miniature trees."""


@pytest.fixture
def small(tree, imagenet, birds, beside):
    """Return a function: a paper study's settings, on the miniature trees."""
    moved = {
        "/data/cifar-10-batches-bin": tree,
        "/data/imagenet": imagenet,
        "/data/waterbirds": birds,
        "/data/resnet50-imagenet.safetensors": beside / "resnet50-imagenet.safetensors",
        "/data/face.png": beside / "face.png",
    }

    def settings(name):
        data = SMALL[name]
        if "keep" in data:
            data = {**data, "targets": data["keep"][0], "verification": data["keep"][1]}
        found = elsewhere(planned(f"{name}.toml", {}, data), moved)
        for side in "ab":
            found[side] |= {"size": data["size"]} if "size" in data else {}
        return found

    return settings


def elsewhere(value, moved):
    """Return settings with every path that is a key of ``moved`` replaced."""
    if isinstance(value, dict):
        return {key: elsewhere(each, moved) for key, each in value.items()}
    if isinstance(value, list):
        return [elsewhere(each, moved) for each in value]
    return str(moved.get(value, value)) if isinstance(value, str) else value


@pytest.mark.parametrize("name", sorted(SMALL))
def test_every_study_goes_as_far_as_training(name, small, tmp_path):
    """Data, networks, initial weights and transformations fit together, and the cost is told."""
    settings = small(name)
    text = "\n".join(study_from(settings, tmp_path / "run").plan())
    train = settings["train"]
    for side in "ab":
        count = f"{train['models']:,} of {train['models']:,} models to train"
        assert f"{side.upper()} ({settings[side]['name']}): {count}" in text
    hours = 2 * train["models"] * train["seconds_per_model"] / 3600
    assert f"{hours:,.1f} hours of one device" in text


def test_there_are_no_other_studies():
    assert sorted(path.stem for path in PAPER.glob("*.toml")) == sorted(SMALL)


@pytest.mark.parametrize(
    ("missing", "message"),
    [("face.png", "face.png"), ("resnet50-imagenet.safetensors", "resnet50-imagenet.safetensors")],
)
def test_what_waterbirds_needs_besides_is_named_when_missing(
    small, beside, tmp_path, missing, message
):
    moved = {str(beside / missing): tmp_path / "gone" / missing}
    with pytest.raises(InputError, match=message):
        list(study_from(elsewhere(small("waterbirds"), moved), tmp_path / "run").plan())


def test_dry_run_tells_models_device_hours_and_bytes(tree, tmp_path):
    sizes = {"path": str(tree), "train": 400, "targets": 48, "verification": 32}
    study = study_from(planned("cifar10.toml", {"models": 5000}, sizes), tmp_path / "run")
    text = "\n".join(study.plan())
    assert "A (noisy SGD): 5,000 of 5,000 models to train" in text
    assert "30 s each" in text
    # 5,000 masks of 400 and 48 targets of 8 bytes, and 8 kB for each chunk of 16 models
    assert "6.5 MB on disk" in text
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
    with pytest.raises(InputError, match="has 48 targets, but 70 are to be kept"):
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
