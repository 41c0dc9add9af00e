import sys

import numpy as np
import pytest
from PIL import Image

from traindiff.datasets import Dataset
from traindiff.datasets.sources import SOURCES, load, source_called
from traindiff.errors import InputError


def test_digits_are_pictures():
    data = load("digits")
    assert data.inputs.shape == (1797, 1, 8, 8)
    assert data.inputs.dtype == np.float32
    assert (data.inputs.min(), data.inputs.max()) == (0, 1)
    assert data.class_names == tuple("0123456789")


@pytest.mark.parametrize(
    ("source", "shape", "classes"),
    [
        ("breast-cancer", (569, 30), ("malignant", "benign")),
        ("wine", (178, 13), ("class_0", "class_1", "class_2")),
    ],
)
def test_bundled_tables(source, shape, classes):
    data = load(source)
    assert data.name == source
    assert data.inputs.shape == shape
    assert data.class_names == classes
    assert len(data.columns) == shape[1]


def test_every_source_is_reached_by_its_arguments(tmp_path):
    (tmp_path / "t.csv").write_text("x,words,y\n1,one,a\n2,two,b\n3,one,a\n4,two,b\n")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("L", (3, 2)).save(tmp_path / name / "1.png")
    assert len(load("table", path=str(tmp_path / "t.csv"), label="y", drop=["words"])) == 4
    assert load("text", path=str(tmp_path / "t.csv"), text="words", label="y").modality == "text"
    images = load("image-folder", path=str(tmp_path), size=[4, 5], mode="L")
    assert images.inputs.shape == (2, 1, 4, 5)


def test_refuses_an_unknown_source():
    with pytest.raises(InputError, match=r"'digit': did you mean 'digits'\? .*'module:function'"):
        load("digit")


BAD = {
    "unknown": ("table", {"labl": "y"}, "unknown argument 'labl': did you mean 'label'?"),
    "none known": ("digits", {"size": 3}, "unknown argument 'size': 'digits' takes: none"),
    "missing": ("fashion-mnist", {}, "'fashion-mnist' needs the argument 'path'"),
    "no integer": ("fashion-mnist", {"limit": "all"}, r"'limit' must be int \| None, found 'all'"),
    "no list": ("table", {"drop": "age"}, r"'drop' must be .*Sequence\[str\], found 'age'"),
    "no choice": ("image-folder", {"mode": "rgb"}, r"'mode' must be 'RGB' or 'L', found 'rgb'"),
    "no size": ("image-folder", {"size": [1, 2, 3]}, r"'size' must be int .* found \[1, 2, 3\]"),
}


@pytest.mark.parametrize(("source", "arguments", "message"), BAD.values(), ids=BAD.keys())
def test_refuses_wrong_arguments(source, arguments, message):
    with pytest.raises(InputError, match=message):
        load(source, **arguments)


def test_says_everything_that_is_wrong_at_once():
    with pytest.raises(InputError) as raised:
        load("text", path=3, txt="body")
    assert len(str(raised.value).splitlines()) == 4


OWN = """
import numpy as np
from traindiff.datasets.sources import load
def dataset():
    return load("wine")
def pair(count=4):
    return np.zeros((count, 2)), [0, 1] * (count // 2)
def triple():
    return np.zeros((2, 3, 3)), [0, 1], ["cat", "dog"]
def nothing():
    return None
def single():
    return (np.zeros((2, 3)),)
number = 3
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_data.py").write_text(OWN)
    yield
    sys.modules.pop("own_data", None)


@pytest.mark.usefixtures("own")
def test_your_own_function():
    assert load("own_data:dataset").name == "wine"
    assert load("own_data:pair", count=6).inputs.shape == (6, 2)
    triple = load("own_data:triple")
    assert (triple.name, triple.modality) == ("own_data:triple", "image")
    assert triple.class_names == ("cat", "dog")


OWN_BAD = {
    "returns nothing": ("own_data:nothing", {}, "must return a Dataset, .* found NoneType"),
    "returns too little": ("own_data:single", {}, "found tuple of 1"),
    "no function": ("own_data:number", {}, "must be a function, found int"),
    "unknown argument": ("own_data:pair", {"size": 3}, "unknown argument 'size'"),
    "missing function": ("own_data:pear", {}, "did you mean 'pair'?"),
    "missing module": ("own_date:pair", {}, "No module named 'own_date'"),
}


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(("source", "arguments", "message"), OWN_BAD.values(), ids=OWN_BAD.keys())
def test_refuses_own_functions(source, arguments, message):
    with pytest.raises(InputError, match=message):
        load(source, **arguments)


def test_every_source_is_documented():
    for source in map(source_called, SOURCES):
        assert source.__doc__
        assert source.__annotations__["return"] is Dataset
