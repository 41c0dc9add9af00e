import pandas as pd
import pytest

from traindiff.datasets.text_file import text_file
from traindiff.errors import InputError

MAILS = pd.DataFrame(
    {
        "number": [7, 8, 9, 10],
        "body": ["hello, you", "BUY", "None", 'he said "no"\nand left'],
        "kind": ["ham", "spam", "spam", "ham"],
        "score": [0.5, 1.5, 2.5, 3.5],
    }
)
ROLES = {"text": "body", "label": "kind"}


@pytest.fixture(params=["csv", "parquet"])
def write(request, tmp_path):
    def write_frame(frame):
        path = tmp_path / f"mails.{request.param}"
        {"csv": frame.to_csv, "parquet": frame.to_parquet}[request.param](path, index=False)
        return path

    return write_frame


def test_reads_texts_as_they_are(write):
    data = text_file(write(MAILS), **ROLES, id="number", metadata=["score"])
    assert data.name == "mails"
    assert data.modality == "text"
    assert data.inputs.tolist() == MAILS["body"].tolist()
    assert data.class_names == ("ham", "spam")
    assert data.labels.tolist() == [0, 1, 1, 0]
    assert data.ids == ("7", "8", "9", "10")
    assert data.metadata["score"].tolist() == [0.5, 1.5, 2.5, 3.5]


def test_regression_of_texts(write):
    data = text_file(write(MAILS), text="body", label="score", task="regression")
    assert data.class_names is None
    assert data.labels.tolist() == [0.5, 1.5, 2.5, 3.5]


def test_blank_texts_are_missing(write):
    frame = pd.concat([MAILS, MAILS.assign(number=[1, 2, 3, 4], body=["", " \n", None, "x"])])
    with pytest.raises(InputError, match="3 in 'body'"):
        text_file(write(frame), **ROLES)
    data = text_file(write(frame), **ROLES, id="number", missing="drop")
    assert data.ids == ("7", "8", "9", "10", "4")
    assert data.notes == ("3 of 8 rows left out because of empty cells: 3 in 'body'.",)


def test_fingerprint_changes_with_a_letter(write):
    before = text_file(write(MAILS), **ROLES).fingerprint
    assert text_file(write(MAILS), **ROLES).fingerprint == before
    changed = MAILS.assign(body=["hello, You", *MAILS["body"][1:]])
    assert text_file(write(changed), **ROLES).fingerprint != before


BAD = {
    "unknown text": (MAILS, {"text": "boddy"}, "text: unknown column 'boddy': .* 'body'"),
    "unknown label": (MAILS, {"label": "kin"}, "label: unknown column 'kin': .* 'kind'"),
    "one column for both": (MAILS, {"label": "body"}, "'body' is named by text and label"),
    "all blank": (MAILS.assign(body=[" "] * 4), {}, "'body' is empty in every row"),
    "all empty": (MAILS.assign(body=[None] * 4), {}, "'body' is empty in every row"),
    "rare class": (MAILS.assign(kind=[*"aaab"]), {}, "class 'b' has a single example"),
    "repeated id": (MAILS.assign(number=[1, 1, 2, 3]), {"id": "number"}, "id 1 .* 2 times"),
}


@pytest.mark.parametrize(("frame", "changes", "message"), BAD.values(), ids=BAD.keys())
def test_refuses(write, frame, changes, message):
    with pytest.raises(InputError, match=message):
        text_file(write(frame), **(ROLES | changes))


def test_refuses_numbers_for_texts(tmp_path):
    MAILS.to_parquet(tmp_path / "mails.parquet")
    with pytest.raises(InputError, match=r"'score' must hold text, found 0\.5"):
        text_file(tmp_path / "mails.parquet", text="score", label="kind")
