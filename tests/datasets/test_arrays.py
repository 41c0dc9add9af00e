import numpy as np
import pandas as pd
import pytest
import torch

from traindiff.datasets import Dataset, Splits
from traindiff.datasets.sources import load
from traindiff.errors import InputError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, size=(4, 3, 5), dtype=np.uint8)
LABELS = [0, 1, 1, 0]


def test_tells_the_modality_by_shape():
    assert Dataset.of(["a", "b", "c", "d"], LABELS).modality == "text"
    assert Dataset.of(np.zeros((4, 2)), LABELS).modality == "table"
    assert Dataset.of(np.zeros((4, 3, 5)), LABELS).inputs.shape == (4, 1, 3, 5)
    assert Dataset.of(np.zeros((4, 3, 5, 5)), LABELS).inputs.shape == (4, 3, 5, 5)


def test_scales_8_bit_pixels():
    data = Dataset.of(PIXELS, LABELS)
    assert data.inputs.dtype == np.float32
    np.testing.assert_allclose(data.inputs[:, 0] * 255, PIXELS, rtol=1e-6)


def test_names_classes_by_their_sorted_values():
    data = Dataset.of(PIXELS, [10, 9, 10, 9])
    assert data.class_names == ("9", "10")
    assert data.labels.tolist() == [1, 0, 1, 0]
    assert Dataset.of(PIXELS, ["b", "a", "b", "a"]).class_names == ("a", "b")
    assert Dataset.of(PIXELS, [True, False, True, False]).class_names == ("False", "True")


def test_indexes_given_class_names():
    data = Dataset.of(PIXELS, LABELS, ["cat", "dog", "cow"])
    assert data.class_names == ("cat", "dog", "cow")
    assert data.labels.tolist() == LABELS


def test_floats_make_a_regression():
    data = Dataset.of(PIXELS, [0.5, 1.5, 2.5, 0.5])
    assert data.class_names is None
    assert data.labels.tolist() == [0.5, 1.5, 2.5, 0.5]


def test_names_examples_and_columns_unless_they_have_names():
    data = Dataset.of(np.zeros((4, 2)), LABELS)
    assert data.ids == ("0", "1", "2", "3")
    assert data.columns == ("column 0", "column 1")
    data = Dataset.of(np.zeros((2, 1)), [0, 1], ids=["x", "y"], columns=["age"])
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
        Dataset.of(*arguments)


FRAME = pd.DataFrame(
    {
        "pay": [1.0, 2.0, 3.0, 4.0],
        "town": pd.Categorical(["b", "a", "b", "a"]),
        "shop": ["x", "x", "y", "y"],
        "new": [True, False, True, True],
        "class": ["low", "low", "high", "high"],
    },
    index=["p", "q", "r", "s"],
)


@pytest.mark.parametrize(
    "given",
    [
        (FRAME, "class"),
        (FRAME.drop(columns="class"), FRAME["class"]),
        (FRAME.drop(columns="class"), FRAME["class"].astype("category")),
    ],
    ids=["a column's name", "a series", "a category"],
)
def test_a_frame_keeps_its_names(given):
    data = Dataset.of(*given)
    assert data.columns == ("pay", "town", "shop", "new")
    assert data.categories == (None, ("a", "b"), ("x", "y"), None)
    np.testing.assert_array_equal(data.inputs[:, 1], [1, 0, 1, 0])
    assert (data.class_names, data.labels.tolist()) == (("high", "low"), [1, 1, 0, 0])
    assert data.ids == ("p", "q", "r", "s")


def test_an_index_that_names_no_row_is_replaced_by_numbers():
    assert Dataset.of(FRAME.set_axis([0, 0, 1, 1]), "class").ids == ("0", "1", "2", "3")


def test_tensors_are_read_as_arrays_are():
    pixels = torch.rand(4, 1, 3, 5, generator=torch.Generator().manual_seed(0))
    expected = Dataset.of(pixels.numpy(), LABELS).fingerprint
    labels = torch.tensor(LABELS)
    assert Dataset.of(pixels.requires_grad_(), labels).fingerprint == expected
    pairs = torch.utils.data.TensorDataset(pixels, labels)
    assert Dataset.of(pairs).fingerprint == expected


def test_what_the_person_names_goes_before_what_the_data_say():
    data = Dataset.of(FRAME, "class", ids=list("wxyz"), metadata={"year": [1, 2, 3, 4]})
    assert (data.ids, data.metadata["year"].tolist()) == (("w", "x", "y", "z"), [1, 2, 3, 4])


BAD_IN_MEMORY = {
    "no labels": ((PIXELS,), "labels are needed"),
    "no such column": ((FRAME, "klass"), "did you mean 'class'"),
    "empty cells": ((FRAME.assign(pay=[1, None, 2, 3]), "class"), "'pay' has 1 empty cells"),
    "a category's empty cells": (
        (FRAME.assign(town=pd.Categorical(["b", None, "b", "a"])), "class"),
        "'town' has 1 empty cells",
    ),
    "dates": ((FRAME.assign(pay=pd.Timestamp("2020")), "class"), "'pay' holds datetime"),
    "names": ((FRAME.assign(town=list("abcd")), "class"), "text that differs in every row"),
    "labels beside a TensorDataset": (
        (torch.utils.data.TensorDataset(torch.zeros(2, 1), torch.tensor([0, 1])), [0, 1]),
        "no other labels",
    ),
    "three tensors": (
        (torch.utils.data.TensorDataset(*[torch.zeros(2, 1)] * 3),),
        "found 3 tensors",
    ),
    "channels last": ((np.zeros((4, 8, 6, 3)), LABELS), r"give inputs.transpose\(0, 3, 1, 2\)"),
}


@pytest.mark.parametrize(("given", "message"), BAD_IN_MEMORY.values(), ids=BAD_IN_MEMORY.keys())
def test_refuses_in_memory(given, message):
    with pytest.raises(InputError, match=message):
        Dataset.of(*given)


@pytest.mark.parametrize("source", [FRAME, PIXELS, (PIXELS, LABELS)])
def test_load_sends_data_in_memory_on(source):
    with pytest.raises(InputError, match=r"traindiff.Dataset.of\(inputs, labels\)"):
        load(source)


def test_prints_one_line():
    data = Dataset.of(PIXELS, LABELS, name="digits")
    assert repr(data) == "Dataset('digits': 4 images of 1 × 3 × 5, 2 classes)"
    assert repr(Dataset.of(["a", "b"], [0.5, 1.5])) == "Dataset('data': 2 texts, values)"
    parts = [data.take([i]) for i in range(3)]
    splits = Splits(**dict(zip(("train", "targets", "verification"), parts, strict=True)))
    assert repr(splits) == "Splits('digits': 1 train, 1 targets, 1 verification)"
