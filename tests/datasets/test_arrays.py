import numpy as np
import pytest

from traindiff.datasets.arrays import from_arrays
from traindiff.errors import InputError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, size=(4, 3, 5), dtype=np.uint8)
LABELS = [0, 1, 1, 0]


def test_tells_the_modality_by_shape():
    assert from_arrays(["a", "b", "c", "d"], LABELS).modality == "text"
    assert from_arrays(np.zeros((4, 2)), LABELS).modality == "table"
    assert from_arrays(np.zeros((4, 3, 5)), LABELS).inputs.shape == (4, 1, 3, 5)
    assert from_arrays(np.zeros((4, 3, 5, 5)), LABELS).inputs.shape == (4, 3, 5, 5)


def test_scales_8_bit_pixels():
    data = from_arrays(PIXELS, LABELS)
    assert data.inputs.dtype == np.float32
    np.testing.assert_allclose(data.inputs[:, 0] * 255, PIXELS, rtol=1e-6)


def test_names_classes_by_their_sorted_values():
    data = from_arrays(PIXELS, [10, 9, 10, 9])
    assert data.class_names == ("9", "10")
    assert data.labels.tolist() == [1, 0, 1, 0]
    assert from_arrays(PIXELS, ["b", "a", "b", "a"]).class_names == ("a", "b")
    assert from_arrays(PIXELS, [True, False, True, False]).class_names == ("False", "True")


def test_indexes_given_class_names():
    data = from_arrays(PIXELS, LABELS, ["cat", "dog", "cow"])
    assert data.class_names == ("cat", "dog", "cow")
    assert data.labels.tolist() == LABELS


def test_floats_make_a_regression():
    data = from_arrays(PIXELS, [0.5, 1.5, 2.5, 0.5])
    assert data.class_names is None
    assert data.labels.tolist() == [0.5, 1.5, 2.5, 0.5]


def test_names_examples_and_columns_unless_they_have_names():
    data = from_arrays(np.zeros((4, 2)), LABELS)
    assert data.ids == ("0", "1", "2", "3")
    assert data.columns == ("column 0", "column 1")
    data = from_arrays(np.zeros((2, 1)), [0, 1], ids=["x", "y"], columns=["age"])
    assert (data.ids, data.columns) == (("x", "y"), ("age",))


BAD = {
    "ragged": (([[1.0], [1.0, 2.0]], [0, 1]), "inputs must be an array"),
    "objects": (([{}, {}], [0, 1]), "inputs must be an array of numbers or str, found list"),
    "a number": ((1.0, [0, 1]), "inputs must be an array"),
    "five axes": ((np.zeros((2, 1, 1, 1, 1)), [0, 1]), r"found float64 of shape \(2, 1, 1, 1, 1\)"),
    "numbers on one axis": (([1.0, 2.0], [0, 1]), "inputs must be texts"),
    "labels of None": ((np.zeros((2, 1)), [None, 1]), "labels must be an array"),
    "one class": ((np.zeros((2, 1)), [1, 1]), "at least 2 classes, found 1"),
    "str labels beside names": ((np.zeros((2, 1)), ["a", "b"], ["a", "b"]), "class indices"),
    "too many names": ((np.zeros((2, 1)), [0, 5], ["a", "b"]), "found 0 to 5"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD.keys())
def test_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        from_arrays(*arguments)
