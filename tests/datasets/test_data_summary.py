"""What a table's columns really are is told before anything is trained, with the cure."""

import numpy as np
import pandas as pd
import pytest

from traindiff.datasets import Dataset
from traindiff.datasets.splits import split
from traindiff.datasets.summary import summarise
from traindiff.datasets.table_file import table_file

ROWS = 240


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    hired = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.permutation(ROWS // 2), unit="D")
    label = rng.permutation(np.arange(ROWS) % 2)
    return pd.DataFrame(
        {
            "number": 101_387 + rng.permutation(ROWS),
            "height": rng.normal(170, 9, ROWS).round(1),
            "age": [*rng.integers(18, 80, ROWS - 1).astype(str), "unknown"],
            "hired": np.tile(hired.strftime("%Y-%m-%d"), 2),
            "zip": [f"0{z}" for z in rng.integers(1000, 1012, ROWS)],
            "place": [f"place {i}" for i in rng.permutation(np.arange(ROWS) // 2)],
            "country": "CH",
            "paid": np.where(label == 1, "late", "in time"),
            "colour": rng.choice(["red", "blue"], ROWS),
            "label": np.where(label == 1, "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def found(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "dirty.csv"
    frame.to_csv(path, index=False)
    data = table_file(path, label="label", categorical=["age"])  # else refused
    splits = split(data, train=180, targets=20, verification=20, seed=0)
    return summarise(splits)


@pytest.mark.parametrize(
    ("column", "kind", "cure"),
    [
        ("number", "id", "data.id = 'number'"),
        ("height", "number", None),
        ("age", "nearly a number", "data.missing = 'drop'"),
        ("hired", "date", "make numbers of them"),
        ("place", "category", "data.drop = ['place']"),
        ("country", "constant", "data.drop = ['country']"),
        ("paid", "category", "gives the label away"),
        ("colour", "category", None),
    ],
)
def test_each_column_is_called_what_it_is(found, column, kind, cure):
    (shown,) = [each for each in found.columns if each.name == column]
    assert shown.kind == kind
    assert bool(shown.doubt) == (cure is not None)
    assert (cure or "") in shown.doubt
    assert (shown.doubt in found.doubts) == (cure is not None)


def test_the_plan_says_every_count_and_every_doubt(found):
    text = "\n".join(found.lines)
    assert "180 to train on, 20 targets, 20 for verification; 20 unused." in text
    assert "'no' 50%, 'yes' 50%" in text
    assert "62 categories" in text or "categories" in text
    assert all(doubt in text for doubt in found.doubts)


def test_codes_with_zeros_in_front_are_names(frame):
    data = Dataset.of(frame[["zip", "colour"]], frame["label"])
    shown = summarise(split(data, train=180, targets=20, verification=20, seed=0))
    assert [each.kind for each in shown.columns] == ["category", "category"]
    assert not shown.doubts


def test_a_class_of_few_is_named():
    labels = np.repeat(["often", "seldom"], [92, 8])
    data = Dataset.of(np.random.default_rng(0).normal(size=(100, 2)), labels)
    shown = summarise(split(data, train=50, targets=25, verification=25, seed=0))
    assert "'seldom' (4)" in shown.doubts[0]
    assert "data.train" in shown.doubts[0]


def test_a_copy_of_the_label_gives_it_away_in_regression():
    labels = np.random.default_rng(0).normal(size=100)
    noisy = labels + np.random.default_rng(1).normal(size=100)
    data = Dataset.of(np.column_stack([3 * labels + 1, noisy]), labels)
    shown = summarise(split(data, train=50, targets=25, verification=25, seed=0))
    assert ["column 0" in each for each in shown.doubts] == [True]
    assert [part.classes for part in shown.parts] == [(), (), ()]


def test_pictures_have_no_columns():
    labels = np.arange(60) % 2
    data = Dataset.of(np.random.default_rng(0).random((60, 1, 4, 4)), labels)
    assert summarise(split(data, train=40, targets=10, verification=10, seed=0)).columns == ()
