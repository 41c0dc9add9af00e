import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from traindiff.datasets import Dataset, Splits
from traindiff.errors import InputError


def fruit(**changes):
    settings = {
        "name": "fruit",
        "modality": "table",
        "inputs": np.array([[120.0, 0.0], [150.0, 1.0], [99.0, 0.0]]),
        "labels": np.array([0, 1, 0]),
        "class_names": ("lime", "apple"),
        "ids": ("a", "b", "c"),
        "columns": ("weight", "colour"),
        "categories": (None, ("green", "red")),
        "metadata": {"shop": np.array(["x", "x", "y"])},
    }
    return Dataset(**(settings | changes))


def images(values=0.5, **changes):
    settings = {
        "name": "grey",
        "modality": "image",
        "inputs": np.full((3, 1, 2, 2), values, dtype=np.float32),
        "labels": np.array([0, 1, 0]),
        "class_names": ("dark", "light"),
        "ids": ("a", "b", "c"),
    }
    return Dataset(**(settings | changes))


def texts(words=("one", "two", "three"), **changes):
    settings = {
        "name": "words",
        "modality": "text",
        "inputs": np.array(words),
        "labels": np.array([0, 1, 0]),
        "class_names": ("even", "odd"),
        "ids": ("a", "b", "c"),
    }
    return Dataset(**(settings | changes))


def test_takes_examples_with_all_that_belongs_to_them():
    taken = fruit(notes=("2 rows left out.",)).take(np.array([1, 2]))
    np.testing.assert_array_equal(taken.inputs, [[150.0, 1.0], [99.0, 0.0]])
    np.testing.assert_array_equal(taken.labels, [1, 0])
    assert taken.ids == ("b", "c")
    assert taken.metadata["shop"].tolist() == ["x", "y"]
    assert taken.notes == ("2 rows left out.",)


def test_keeps_arrays_in_the_stated_types():
    assert images().inputs.dtype == np.float32
    assert images(inputs=np.zeros((3, 1, 2, 2))).inputs.dtype == np.float32
    assert fruit(inputs=np.zeros((3, 2), dtype=int)).inputs.dtype == np.float64
    assert fruit(labels=np.array([0, 1, 0], dtype=np.uint8)).labels.dtype == np.int64
    assert fruit(labels=[1, 2, 3], class_names=None).labels.dtype == np.float64
    assert texts().inputs.dtype == object
    assert fruit(categories=()).categories == (None, None)


def test_a_long_text_is_not_cut_when_put_among_short_ones():
    inputs = texts().inputs.copy()
    inputs[0] = "a much longer text than any before"
    assert inputs[0] == "a much longer text than any before"


def test_has_one_output_a_class_and_one_for_regression():
    assert fruit().n_outputs == 2
    assert fruit(class_names=None, labels=np.zeros(3)).n_outputs == 1


CONTENT = {
    "an input": {"inputs": np.array([[120.0, 0.0], [150.0, 1.0], [99.5, 0.0]])},
    "a label": {"labels": np.array([0, 1, 1])},
    "a class name": {"class_names": ("lime", "Apple")},
    "an id": {"ids": ("a", "b", "d")},
    "a column's name": {"columns": ("mass", "colour")},
    "a category's name": {"categories": (None, ("green", "yellow"))},
    "regression": {"class_names": None},
}


@pytest.mark.parametrize("change", CONTENT.values(), ids=CONTENT.keys())
def test_fingerprint_changes_with(change):
    assert fruit(**change).fingerprint != fruit().fingerprint


def test_fingerprint_is_of_the_content_alone():
    same = fruit(name="other", notes=("read again.",), metadata={})
    assert same.fingerprint == fruit().fingerprint
    assert fruit().take(np.arange(3)).fingerprint == fruit().fingerprint
    turned = np.asfortranarray(fruit().inputs)
    assert fruit(inputs=turned).fingerprint == fruit().fingerprint


def test_fingerprint_takes_no_copy_of_the_inputs():
    large = images(inputs=np.zeros((64, 3, 64, 64), dtype=np.float32), **many(64))
    tracemalloc.start()
    try:
        assert large.fingerprint
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < large.inputs.nbytes / 10


def many(count):
    return {"labels": np.arange(count) % 2, "ids": tuple(map(str, range(count)))}


def test_fingerprint_tells_orders_and_shapes_apart():
    assert fruit().take(np.array([1, 0, 2])).fingerprint != fruit().fingerprint
    wide = images(inputs=np.zeros((3, 1, 1, 4)))
    assert wide.fingerprint != images(0.0).fingerprint


def test_fingerprint_of_texts_does_not_depend_on_how_they_are_stored():
    padded = np.array(["one", "two", "three"], dtype="U40")
    assert texts(inputs=padded).fingerprint == texts().fingerprint
    assert texts(("one", "two", "thre")).fingerprint != texts().fingerprint
    assert texts(("on", "etwo", "three")).fingerprint != texts().fingerprint


BAD = {
    "unknown modality": (fruit, {"modality": "audio"}, "unknown modality of fruit"),
    "too few labels": (fruit, {"labels": np.array([0, 1])}, "3 inputs but 2 labels"),
    "too few ids": (fruit, {"ids": ("a", "b")}, "3 inputs but 2 ids"),
    "too little metadata": (fruit, {"metadata": {"shop": ["x"]}}, "1 metadata 'shop'"),
    "repeated id": (fruit, {"ids": ("a", "b", "a")}, "'a' appears twice"),
    "repeated class": (fruit, {"class_names": ("lime", "lime")}, "'lime' is named twice"),
    "one class": (fruit, {"class_names": ("lime",)}, "at least 2 classes"),
    "label out of range": (fruit, {"labels": np.array([0, 1, 2])}, "found 0 to 2"),
    "negative label": (fruit, {"labels": np.array([0, 1, -1])}, "found -1 to 1"),
    "labels of str": (fruit, {"labels": np.array(["a", "b", "a"])}, "class indices"),
    "labels of floats": (fruit, {"labels": np.array([0.0, 1.0, 0.0])}, "class indices"),
    "labels of two axes": (fruit, {"labels": np.zeros((3, 2), int)}, r"shape \(3, 2\)"),
    "labels NaN": (fruit, {"class_names": None, "labels": [0, np.nan, 1]}, "NaN"),
    "regression of str": (fruit, {"class_names": None, "labels": ["a", "b", "c"]}, "numbers"),
    "table NaN": (fruit, {"inputs": np.array([[np.nan, 0], [1, 0], [1, 0]])}, "NaN"),
    "table inf": (fruit, {"inputs": np.array([[np.inf, 0], [1, 0], [1, 0]])}, "infinite"),
    "table of one axis": (fruit, {"inputs": np.zeros(3)}, r"\[examples, columns\]"),
    "table of str": (fruit, {"inputs": np.full((3, 2), "a")}, "must be numbers"),
    "too few column names": (fruit, {"columns": ("weight",)}, "1 names"),
    "too few categories": (fruit, {"categories": (None,)}, "1 categories"),
    "repeated column": (fruit, {"columns": ("a", "a")}, "'a' appears twice"),
    "unknown category": (fruit, {"categories": (None, ("green",))}, "'colour' must hold indices"),
    "image of three axes": (images, {"inputs": np.zeros((3, 2, 2))}, "channels, height"),
    "image of integers": (images, {"inputs": np.zeros((3, 1, 2, 2), int)}, "float32"),
    "image too bright": (images, {"values": 255}, "found 255 to 255"),
    "image too dark": (images, {"values": -0.1}, "found -0.1"),
    "image NaN": (images, {"values": np.nan}, "found nan"),
    "texts of numbers": (texts, {"inputs": np.zeros(3)}, "found 0.0"),
    "texts of None": (texts, {"inputs": np.array(["a", None, "b"])}, "found None"),
    "texts of two axes": (texts, {"inputs": np.full((3, 2), "a")}, r"shape \(3, 2\)"),
}


@pytest.mark.parametrize(("make", "change", "message"), BAD.values(), ids=BAD.keys())
def test_refuses(make, change, message):
    with pytest.raises(InputError, match=message):
        make(**change)


def test_splits_are_disjoint_and_of_one_kind():
    parts = [fruit().take(np.array([i])) for i in range(3)]
    assert Splits(train=parts[0], targets=parts[1], verification=parts[2]).targets.ids == ("b",)
    with pytest.raises(InputError, match=r"verification shares 1 examples .* 'b'"):
        Splits(train=parts[0], targets=parts[1], verification=parts[1])
    other = replace(parts[1], class_names=("lime", "pear"))
    with pytest.raises(InputError, match="train and targets differ"):
        Splits(train=parts[0], targets=other, verification=parts[2])


def test_splits_fingerprint_tells_the_parts_apart():
    one, two, three = (fruit().take(np.array([i])) for i in range(3))
    splits = Splits(train=one, targets=two, verification=three)
    swapped = Splits(train=one, targets=three, verification=two)
    assert splits.fingerprint != swapped.fingerprint


def test_images_with_their_channels_last_are_refused():
    with pytest.raises(InputError, match="channels last"):
        Dataset(
            name="photos",
            modality="image",
            inputs=np.zeros((5, 16, 16, 3), np.float32),
            labels=np.arange(5) % 2,
            class_names=("a", "b"),
            ids=tuple("abcde"),
        )
