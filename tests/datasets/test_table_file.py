import numpy as np
import pandas as pd
import pytest

from traindiff.datasets.table_file import table_file
from traindiff.errors import InputError

PEOPLE = pd.DataFrame(
    {
        "name": ["ann", "bob", "cy", "di", "ed", "flo"],
        "age": [30, 41, 25, 60, 33, 58],
        "city": ["Rome", "Oslo", "Rome", "Rome", "Oslo", "Oslo"],
        "area": [106, 103, 106, 105, 103, 103],
        "member": [True, False, True, True, False, False],
        "pay": [10.5, 20.0, 30.25, 5.0, 7.5, 9.0],
        "class": ["new", "old", "old", "new", "old", "new"],
    }
)
ROLES = {"label": "class", "id": "name"}


@pytest.fixture(params=["csv", "tsv", "parquet"])
def write(request, tmp_path):
    def write_frame(frame):
        path = tmp_path / f"people.{request.param}"
        writers = {
            "csv": lambda: frame.to_csv(path, index=False),
            "tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
            "parquet": lambda: frame.to_parquet(path, index=False),
        }
        writers[request.param]()
        return path

    return write_frame


def csv(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def test_reads_numbers_and_categories(write):
    data = table_file(write(PEOPLE), **ROLES)
    assert data.name == "people"
    assert data.columns == ("age", "city", "area", "member", "pay")
    assert data.categories == (None, ("Oslo", "Rome"), None, None, None)
    np.testing.assert_array_equal(data.inputs[:2], [[30, 1, 106, 1, 10.5], [41, 0, 103, 0, 20.0]])
    assert data.class_names == ("new", "old")
    assert data.labels.tolist() == [0, 1, 1, 0, 1, 0]
    assert data.ids == ("ann", "bob", "cy", "di", "ed", "flo")
    assert data.notes == ()


def test_the_format_makes_no_difference(tmp_path):
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    PEOPLE.to_parquet(tmp_path / "people.parquet")
    of_csv = table_file(tmp_path / "people.csv", **ROLES)
    assert of_csv.fingerprint == table_file(tmp_path / "people.parquet", **ROLES).fingerprint


def test_columns_can_be_dropped_kept_aside_or_made_categorical(write):
    data = table_file(
        write(PEOPLE), label="class", drop=["pay"], metadata=["name", "age"], categorical=["area"]
    )
    assert data.columns == ("city", "area", "member")
    assert data.categories == (("Oslo", "Rome"), ("103", "105", "106"), None)
    assert data.inputs[:, 1].tolist() == [2, 0, 2, 1, 0, 0]
    assert data.metadata["name"].tolist() == PEOPLE["name"].tolist()
    assert data.metadata["age"].tolist() == PEOPLE["age"].tolist()
    assert data.ids == ("0", "1", "2", "3", "4", "5")


def test_regression_keeps_the_label(write):
    data = table_file(write(PEOPLE), label="pay", task="regression", id="name")
    assert data.class_names is None
    assert data.labels.tolist() == PEOPLE["pay"].tolist()
    assert data.categories[-1] == ("new", "old")


def test_classes_of_integers_are_sorted_as_numbers(write):
    frame = PEOPLE.assign(**{"class": [10, 9, 10, 9, 10, 9]})
    assert table_file(write(frame), **ROLES).class_names == ("9", "10")


def test_classes_of_booleans(write):
    data = table_file(write(PEOPLE), label="member", id="name")
    assert data.class_names == ("False", "True")


def test_dropped_rows_are_counted(write):
    frame = PEOPLE.assign(age=[30, np.nan, 25, 60, 33, 58], city=["Rome", None, None, *"xyx"])
    data = table_file(write(frame), label="pay", task="regression", id="name", missing="drop")
    assert data.ids == ("ann", "di", "ed", "flo")
    assert data.notes == ("2 of 6 rows left out because of empty cells: 1 in 'age', 2 in 'city'.",)
    assert data.categories[1] == ("Rome", "x", "y")


def test_row_numbers_count_dropped_rows(write):
    frame = PEOPLE.assign(age=[np.nan, 41, 25, 60, 33, 58])
    data = table_file(write(frame), label="class", drop=["name"], missing="drop")
    assert data.ids == ("1", "2", "3", "4", "5")


def test_integer_classes_survive_empty_cells(write):
    frame = PEOPLE.assign(**{"class": [1, 2, np.nan, 1, 2, 1]})
    data = table_file(write(frame), **ROLES, missing="drop")
    assert data.class_names == ("1", "2")


def test_empty_cells_among_metadata_are_no_reason_to_drop(write):
    frame = PEOPLE.assign(city=["Rome", None, "Oslo", *"xyz"], age=[1, np.nan, 3, 4, 5, 6])
    data = table_file(write(frame), **ROLES, metadata=["city", "age"])
    assert data.metadata["city"].tolist() == ["Rome", "", "Oslo", "x", "y", "z"]
    assert data.metadata["age"].tolist() == ["1.0", "", "3.0", "4.0", "5.0", "6.0"]


CHANGES = {
    "a number": lambda f: f.assign(age=f["age"] + 1e-9),
    "a category": lambda f: f.assign(city=f["city"].replace("Rome", "Roma")),
    "a label": lambda f: f.assign(**{"class": ["old", *f["class"][1:]]}),
    "an id": lambda f: f.assign(name=["anna", *f["name"][1:]]),
    "a column's name": lambda f: f.rename(columns={"age": "years"}),
    "the order of rows": lambda f: f.iloc[::-1],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_fingerprint_changes_with(write, change):
    before = table_file(write(PEOPLE), **ROLES).fingerprint
    assert table_file(write(PEOPLE), **ROLES).fingerprint == before
    assert table_file(write(change(PEOPLE)), **ROLES).fingerprint != before


def with_label(values):
    return PEOPLE.assign(**{"class": values})


BAD = {
    "unknown label": (PEOPLE, {"label": "clas"}, "label: unknown column 'clas': .* 'class'"),
    "unknown drop": (PEOPLE, {"drop": ["agee"]}, "drop: unknown column 'agee': .* 'age'"),
    "unknown metadata": (PEOPLE, {"metadata": ["zip"]}, "metadata: unknown column 'zip':"),
    "unknown id": (PEOPLE, {"id": "nam"}, "id: unknown column 'nam': .* 'name'"),
    "unknown categorical": (PEOPLE, {"categorical": ["x"]}, "categorical: unknown column 'x'"),
    "two roles": (PEOPLE, {"drop": ["name"]}, "'name' is named by drop and id"),
    "label as metadata": (PEOPLE, {"metadata": ["class"]}, "'class' is named by label and meta"),
    "dropped categorical": (
        PEOPLE,
        {"drop": ["area"], "categorical": ["area"]},
        "categorical: unknown column 'area'",
    ),
    "nothing left": (PEOPLE[["name", "class"]], {}, "no column is left to train on"),
    "repeated id": (PEOPLE.assign(name=list("abcabd")), {}, "id 'a' .* appears 2 times"),
    "empty id": (PEOPLE.assign(name=[None, *"abcde"]), {}, "id column 'name' has 1 empty"),
    "empty cell": (
        PEOPLE.assign(age=[1, None, 3, 4, None, 6]),
        {},
        "2 in 'age'; first in row bob.* missing = 'drop' to leave out 2 of 6 rows",
    ),
    "empty label": (with_label(["new", None, *["old"] * 4]), {}, "1 in 'class'"),
    "empty column": (PEOPLE.assign(age=np.nan), {"missing": "drop"}, "'age' is empty in every"),
    "no whole row": (
        PEOPLE.assign(age=[1, 2, 3, None, None, None], pay=[None, None, None, 4, 5, 6]),
        {"missing": "drop"},
        "every row has an empty cell",
    ),
    "infinite": (PEOPLE.assign(age=[np.inf, *range(5)]), {}, "column 'age' holds infinite"),
    "one class": (with_label(["new"] * 6), {}, "every row is of class 'new'"),
    "rare class": (with_label(["new", *["old"] * 5]), {}, "class 'new' has a single example"),
    "continuous class": (with_label(np.linspace(0, 1, 6)), {}, "numbers such as 0.2, not classes"),
    "regression of names": (PEOPLE, {"task": "regression"}, "must hold numbers .* found 'new'"),
    "constant regression": (
        with_label([2.5] * 6),
        {"task": "regression"},
        "is 2.5 in every row",
    ),
    "infinite regression": (
        with_label([np.inf, 1, 2, 3, 4, 5]),
        {"task": "regression"},
        "holds infinite values",
    ),
    "names as feature": (PEOPLE, {"id": None}, "'name' holds text that differs in every row"),
    "unknown task": (PEOPLE, {"task": "ranking"}, "unknown task 'ranking': .*'regression'"),
    "unknown missing": (PEOPLE, {"missing": "fill"}, "unknown value of missing 'fill': .*'drop'"),
}


@pytest.mark.parametrize(("frame", "changes", "message"), BAD.values(), ids=BAD.keys())
def test_refuses(write, frame, changes, message):
    with pytest.raises(InputError, match=message):
        table_file(write(frame), **(ROLES | changes))


def test_text_that_differs_in_every_row_can_be_meant(write):
    data = table_file(write(PEOPLE), label="class", categorical=["name"])
    assert data.categories[0] == tuple(PEOPLE["name"])


def test_refuses_dates(tmp_path):
    path = tmp_path / "dates.parquet"
    PEOPLE.assign(day=pd.date_range("2020-01-01", periods=6)).to_parquet(path)
    with pytest.raises(InputError, match="'day' holds datetime64 values such as"):
        table_file(path, **ROLES)


FILES = {
    "empty": ("", "can't be read: No columns"),
    "header only": ("age,class\n", "has no rows"),
    "repeated column": ("age,age,class\n1,2,a\n3,4,b\n", "column 'age' appears twice"),
    "short header": ("age,class\n1,a,x\n3,b,y\n", "can't be read"),
    "one long row": ("age,class\n1,a\n3,b,y\n", "can't be read"),
    "nameless column": (",age,class\n0,1,a\n1,3,b\n", "column 1 has no name"),
    "open quote": ('age,class\n1,"a\n3,b\n', "can't be read"),
}


@pytest.mark.parametrize(("text", "message"), FILES.values(), ids=FILES.keys())
def test_refuses_csv(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        table_file(csv(tmp_path, text), label="class")


def test_reads_csv_as_spreadsheets_write_it(tmp_path):
    path = tmp_path / "sheet.csv"
    text = '\r\n"the\nage",class\r\n"1,5",a\r\n"2,5",b\r\nNA,a\r\n"1,5",b\r\n,b\r\n"1,5",a\r\n'
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    data = table_file(path, label="class", missing="drop")
    assert data.columns == ("the\nage",)
    assert data.categories == (("1,5", "2,5"),)
    assert data.ids == ("0", "1", "3", "5")


def test_refuses_csv_of_another_encoding(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("age,class\n1,é\n2,e\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"can't be read: .*utf-8"):
        table_file(path, label="class")


def test_refuses_damaged_parquet(tmp_path):
    path = tmp_path / "people.parquet"
    PEOPLE.to_parquet(path)
    whole = path.read_bytes()
    for content in (whole[:-4], whole[:20], b"PAR1"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="can't be read"):
            table_file(path, **ROLES)


def test_refuses_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        table_file(tmp_path / "nowhere.csv", label="class")


@pytest.mark.parametrize("name", ["people.xlsx", "people"])
def test_refuses_an_unknown_extension(tmp_path, name):
    with pytest.raises(InputError, match=r"one of \['\.csv', '\.tsv', '\.parquet'\]"):
        table_file(tmp_path / name, label="class")


@pytest.mark.parametrize("labels", [[1e300, 2e300, 1], [2**53, 2**53 + 1, 1], [-(2.0**60), 1, 2]])
def test_float_classes_that_would_be_merged_are_refused(tmp_path, labels):
    rows = [f"{i},{label}" for i, label in enumerate([*labels, *labels])]
    path = csv(tmp_path, "\n".join(["x,y", *rows, "7,", ""]))
    with pytest.raises(InputError, match=r"beyond 2\^53, whole numbers that differ become equal"):
        table_file(path, label="y", missing="drop")
    few = [f"{i},{label}" for i, label in enumerate([2**53 - 1, 2**53 - 2] * 2)]
    path = csv(tmp_path, "\n".join(["x,y", *few, "7,", ""]))
    names = table_file(path, label="y", missing="drop").class_names
    assert names == (str(2**53 - 2), str(2**53 - 1))


@pytest.mark.parametrize("separator", [";", "|", "\t", ","])
@pytest.mark.parametrize("name", ["people.csv", "people.csv.gz"])
def test_the_separator_is_the_files_own_and_gzip_makes_no_difference(tmp_path, separator, name):
    PEOPLE.to_csv(tmp_path / name, index=False, sep=separator)
    PEOPLE.to_csv(tmp_path / "plain.csv", index=False)
    read = table_file(tmp_path / name, **ROLES)
    assert read.fingerprint == table_file(tmp_path / "plain.csv", **ROLES).fingerprint


@pytest.mark.parametrize("cell", ["?", "-", "1 000"])
def test_numbers_with_a_few_cells_of_text_are_no_categories_unnoticed(tmp_path, cell):
    path = tmp_path / "t.csv"
    rows = [f"{'ab'[i % 2]},{cell if i == 7 else 20 + i % 9}" for i in range(40)]
    path.write_text("label,age\n" + "\n".join(rows) + "\n")
    with pytest.raises(InputError, match=r"39 of 40 cells of column 'age'.*in row 7.*categorical"):
        table_file(path, label="label")
    told = table_file(path, label="label", categorical=["age"])
    assert cell in told.categories[0]
