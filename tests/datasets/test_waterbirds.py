import numpy as np
import pandas as pd
import pytest
from PIL import Image

from traindiff.datasets.splits import split
from traindiff.datasets.waterbirds import waterbirds
from traindiff.errors import InputError


def rows():
    """Return 12 training, 4 validation and 10 test examples, classes and places in turn."""
    splits = [0] * 12 + [1] * 4 + [2] * 10
    return pd.DataFrame(
        {
            "img_id": range(len(splits)),
            "img_filename": [f"{i % 5:03d}.Bird/bird_{i}.jpg" for i in range(len(splits))],
            "y": [i % 2 for i in range(len(splits))],
            "split": splits,
            "place": [i // 2 % 2 for i in range(len(splits))],
            "place_filename": "/o/ocean/1.jpg",
        }
    )


@pytest.fixture
def folder(tmp_path):
    frame = rows()
    frame.to_csv(tmp_path / "metadata.csv", index=False)
    for i, name in enumerate(frame["img_filename"]):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (30, 20), (10 * i, 0, 0)).save(tmp_path / name, quality=100)
    return tmp_path


def edit(folder, **columns):
    frame = pd.read_csv(folder / "metadata.csv").assign(**columns)
    frame.to_csv(folder / "metadata.csv", index=False)


def test_reads_pictures_classes_and_places(folder):
    data = waterbirds(folder, size=8)
    assert data.inputs.shape == (26, 3, 8, 8)
    assert data.class_names == ("landbird", "waterbird")
    assert data.labels[:4].tolist() == [0, 1, 0, 1]
    assert data.metadata["place"][:4].tolist() == ["land", "land", "water", "water"]
    np.testing.assert_allclose(data.inputs[7, 0], 70 / 255, atol=3 / 255)
    assert data.ids[7] == "002.Bird/bird_7.jpg"


def test_a_study_keeps_the_published_division(folder):
    parts = split(
        waterbirds(folder, size=4), train=12, targets=8, verification=6, seed=0, group="part"
    )
    assert set(parts.train.metadata["original_split"]) == {"train"}
    assert set(parts.targets.metadata["original_split"]) <= {"val", "test"}
    assert set(parts.verification.metadata["original_split"]) <= {"val", "test"}


def test_no_metadata(folder):
    (folder / "metadata.csv").unlink()
    with pytest.raises(InputError, match=r"metadata.csv can't be read.*give the folder"):
        waterbirds(folder)


def test_a_missing_column_is_named(folder):
    frame = pd.read_csv(folder / "metadata.csv").rename(columns={"place": "background"})
    frame.to_csv(folder / "metadata.csv", index=False)
    with pytest.raises(InputError, match=r"lacks place; it has .*background"):
        waterbirds(folder)


@pytest.mark.parametrize(("column", "value"), [("y", 2), ("place", -1), ("split", "train")])
def test_an_unknown_code_is_named_with_its_row(folder, column, value):
    values = rows()[column].astype(object)
    values[3] = value
    edit(folder, **{column: values})
    with pytest.raises(InputError, match=rf"column '{column}' must hold 0 \(.*row 3 has '?{value}"):
        waterbirds(folder)


@pytest.mark.parametrize("kind", [float, bool])
def test_codes_may_be_written_as_other_numbers(folder, kind):
    edit(folder, y=rows()["y"].astype(kind), place=rows()["place"].astype(kind))
    if kind is float:
        edit(folder, split=rows()["split"].astype(float))
    data = waterbirds(folder, size=4)
    assert data.labels.tolist() == rows()["y"].tolist()
    assert data.metadata["place"][:4].tolist() == ["land", "land", "water", "water"]


def test_a_row_without_a_picture_is_named(folder):
    names = rows()["img_filename"]
    names[4] = ""
    edit(folder, img_filename=names)
    with pytest.raises(InputError, match="row 4 names no picture in 'img_filename'"):
        waterbirds(folder, size=4)


@pytest.mark.parametrize(("code", "name"), [(0, "train"), (2, "test")])
def test_a_missing_split_is_named(folder, code, name):
    edit(folder, split=rows()["split"].replace(code, 1))
    with pytest.raises(InputError, match=f"no example of the split {name}"):
        waterbirds(folder)


def test_a_missing_picture_is_named(folder):
    (folder / "002.Bird/bird_7.jpg").unlink()
    with pytest.raises(InputError, match=r"bird_7.jpg can't be read as a picture"):
        waterbirds(folder, size=4)


def test_a_damaged_picture_is_named(folder):
    (folder / "002.Bird/bird_7.jpg").write_bytes(b"not a picture")
    with pytest.raises(InputError, match=r"bird_7.jpg can't be read as a picture"):
        waterbirds(folder, size=4)


def test_an_impossible_size(folder):
    with pytest.raises(
        InputError, match="size must be a whole number of at least 1 pixel, found 0"
    ):
        waterbirds(folder, size=0)
