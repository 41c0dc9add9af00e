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


INDICES = {
    "salamander": (26, 27, 28, 29),  # common newt, eft, spotted salamander, axolotl
    "turtle": (33, 34, 35, 37),  # loggerhead, leatherback, mud turtle, box turtle
    "lizard": (38, 41, 44, 47),  # banded gecko, whiptail, alligator lizard, African chameleon
    "snake": (57, 60, 61, 65),  # garter snake, night snake, boa, sea snake
    "spider": (72, 74, 76, 77),  # two garden spiders, tarantula, wolf spider
    "grouse": (80, 81, 82, 83),
    "parrot": (87, 88, 89, 90),
    "crab": (118, 119, 120, 121),
    "dog": (154, 157, 163, 257),  # Pekinese, papillon, bloodhound, Great Pyrenees
    "wolf": (269, 270, 271, 272),
    "fox": (277, 278, 279, 280),
    "domestic cat": (282, 283, 284, 285),
    "bear": (294, 295, 296, 297),
    "beetle": (302, 303, 305, 306),  # ground, long-horned, dung and rhinoceros beetle
    "butterfly": (321, 322, 324, 325),  # admiral, ringlet, cabbage, sulphur
    "ape": (365, 366, 367, 368),  # orangutan, gorilla, chimpanzee, gibbon
    "monkey": (377, 379, 380, 381),  # marmoset, howler, titi, spider monkey
}
"""The index of each ImageNet class among the 1,000 of ImageNet-1k, which go by WordNet id."""


def test_classes_are_those_of_imagenets_indices():
    kind_of = {index: kind for kind, indices in INDICES.items() for index in indices}
    by_index = [kind_of[index] for index in sorted(kind_of)]
    kind_of_id = {wordnet_id: kind for kind, ids in LIVING17.items() for wordnet_id in ids}
    assert [kind_of_id[wordnet_id] for wordnet_id in sorted(kind_of_id)] == by_index
    known = {"n01630670": 26, "n01774750": 76, "n02086079": 154, "n02123394": 283, "n02493793": 381}
    for wordnet_id, index in known.items():
        assert sorted(kind_of_id).index(wordnet_id) == sorted(kind_of).index(index)


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
    with pytest.raises(
        InputError, match=f"limit must be a whole number of at least 1 picture, found {limit}"
    ):
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
