import shutil

import numpy as np
import pytest
from PIL import Image

from traindiff.datasets.living17 import LIVING17, living17
from traindiff.datasets.splits import split
from traindiff.errors import InputError

IDS = [wordnet_id for ids in LIVING17.values() for wordnet_id in ids]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return an ImageNet folder: 3 training and 2 validation pictures of each class."""
    root = tmp_path_factory.mktemp("imagenet")
    for level, wordnet_id in enumerate([*IDS, "n01440764"]):
        for part, count in (("train", 3), ("val", 2)):
            folder = root / part / wordnet_id
            folder.mkdir(parents=True)
            for i in range(count):
                Image.new("RGB", (12, 9), (level, 0, 0)).save(folder / f"{wordnet_id}_{i}.JPEG")
            (folder / "readme.txt").write_text("passed over")
    return root


@pytest.fixture
def folder(tree, tmp_path):
    return shutil.copytree(tree, tmp_path / "imagenet")


def test_there_are_17_classes_of_four():
    assert len(LIVING17) == 17
    assert len(set(IDS)) == 68
    assert all(len(ids) == 4 for ids in LIVING17.values())


def test_reads_each_class_with_its_subclasses(tree):
    data = living17(tree, size=6)
    assert data.inputs.shape == (68 * 5, 3, 6, 6)
    assert data.class_names == tuple(LIVING17)
    spiders = data.labels == data.class_names.index("spider")
    assert set(data.metadata["subclass"][spiders]) == set(LIVING17["spider"])
    assert data.ids[0] == f"train/{IDS[0]}/{IDS[0]}_0.JPEG"


def test_a_study_keeps_the_published_division(tree):
    parts = split(
        living17(tree, size=2), train=204, targets=80, verification=50, seed=0, group="part"
    )
    assert set(parts.train.metadata["original_split"]) == {"train"}
    assert set(parts.targets.metadata["original_split"]) == {"val"}
    assert set(parts.verification.metadata["original_split"]) == {"val"}


def test_limit_keeps_the_first_training_pictures_of_each_class(tree):
    data = living17(tree, size=2, limit=1)
    train = data.metadata["original_split"] == "train"
    assert train.sum() == 68
    assert (~train).sum() == 68 * 2
    assert all(data.ids[i].endswith("_0.JPEG") for i in np.flatnonzero(train))


@pytest.mark.parametrize("limit", [0, -3])
def test_an_impossible_limit(tree, limit):
    with pytest.raises(InputError, match=f"limit must be a positive number.*found {limit}"):
        living17(tree, limit=limit)


@pytest.mark.parametrize("part", ["train", "val"])
def test_a_missing_split_is_named(folder, part):
    shutil.rmtree(folder / part)
    with pytest.raises(InputError, match=f"no folder '{part}'; expected an ImageNet folder"):
        living17(folder, size=2)


def test_a_missing_class_is_named(folder):
    shutil.rmtree(folder / "val" / IDS[5])
    with pytest.raises(InputError, match=f"{IDS[5]} is missing; expected a folder of pictures"):
        living17(folder, size=2)


def test_a_class_without_pictures_is_named(folder):
    for file in (folder / "train" / IDS[9]).glob("*.JPEG"):
        file.unlink()
    with pytest.raises(InputError, match=f"{IDS[9]} has no picture"):
        living17(folder, size=2)


def test_an_unreadable_picture_is_named(folder):
    (folder / "train" / IDS[2] / f"{IDS[2]}_1.JPEG").write_bytes(b"\xff\xd8 broken")
    with pytest.raises(InputError, match=f"{IDS[2]}_1.JPEG can't be read as a picture"):
        living17(folder, size=2)
