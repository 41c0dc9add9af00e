"""Documents and arrays with right checksums and content that is not the study's: never used."""

import json
import re

import numpy as np
import pytest

from tests.training.cases import Means, digits
from traindiff.errors import RunDirectoryError, StoreError
from traindiff.store import RunStore
from traindiff.store.documents import encode
from traindiff.store.pieces import MARKER, _digests
from traindiff.study.journal import OWN, Notebook
from traindiff.training import draw_masks, model_seeds, train_ensemble, train_outputs
from traindiff.training.remembered import Answers
from traindiff.training.work import Chunk, ModelsWork

MODELS = 8
TRAIN, TARGETS = digits(30), digits(12, seed=1)
MASKS, SEEDS = draw_masks(MODELS, 30, 0.5, seed=0), model_seeds(MODELS, 0)


@pytest.fixture
def store(tmp_path):
    with RunStore.open(tmp_path / "run", {"seed": 0}) as opened:
        yield opened


def outputs(store):
    return train_outputs(
        Means(), TRAIN, TARGETS, MASKS, SEEDS, chunk=MODELS, pieces=store, name="outputs/a"
    )


def piece(store):
    return next(store.path.glob("arrays/outputs/a/*"))


def forge(store, arrays):
    """Write other arrays into the piece, with digests that are right."""
    path = piece(store)
    about = json.loads((path / MARKER).read_text())["content"]["about"]
    name, key = "outputs/a/" + path.name.partition(".")[0], about["fingerprint"]
    store.save_arrays(name, key, arrays, about=about)


NAN = np.full((MODELS, 12), np.nan, np.float32)
FORGERIES = {
    "masks are not those of the study": {"masks": np.ones((MODELS, 30), bool)},
    "seeds are not those of the study": {"seeds": np.zeros(MODELS, np.int64)},
    "predictions must lie below 3 classes": {"predictions": np.full((MODELS, 12), 99, np.int16)},
    r"confidences must lie in \[0, 1\]": {"confidences": np.full((MODELS, 12), 7, np.float16)},
    r"values must be of shape \(8, 12\), found float32 of \(8, 30\)": {
        "values": np.zeros((MODELS, 30), np.float32)
    },
    "values must be .*found complex64": {"values": NAN.astype(np.complex64)},
    "masks must be .*found int8": {"masks": MASKS.astype(np.int8)},
    "array 'values' is missing": {"values": None},
    "array 'more' is not of the study": {"more": np.zeros(MODELS)},
}


@pytest.mark.parametrize(("message", "forged"), FORGERIES.items())
def test_forged_arrays_are_damage_that_is_named_and_computed_anew(store, message, forged):
    first = outputs(store)
    arrays = store.load_arrays(*_address(store)) | forged
    forge(store, {name: array for name, array in arrays.items() if array is not None})
    again = outputs(store)
    assert [piece(store).name in each for each in again.repaired] == [True]
    assert re.search(message, again.repaired[0])
    assert again.repaired[0] in store.damaged
    for name in ("masks", "values", "predictions", "confidences"):
        np.testing.assert_array_equal(getattr(again.outputs, name), getattr(first.outputs, name))
    assert outputs(store).repaired == ()


def _address(store):
    path = piece(store)
    return f"outputs/a/{path.name.partition('.')[0]}", path.name.partition(".")[2]


def test_a_forged_size_is_refused_before_memory_is_asked_for(store):
    outputs(store)
    path = piece(store)
    described = json.loads((path / "values" / "zarr.json").read_text())
    described["shape"] = [MODELS, 10**12]
    (path / "values" / "zarr.json").write_text(json.dumps(described))
    marker = json.loads((path / MARKER).read_text())["content"]
    (path / MARKER).write_bytes(encode({**marker, "files": _digests(path)}))
    (found,) = outputs(store).repaired
    assert f"does not fit the study (values must be of shape ({MODELS}, 12)" in found


@pytest.mark.parametrize("shape", [(MODELS + 1, 3, 4), ()])
def test_forged_models_are_trained_anew(store, shape):
    def means():
        found = train_ensemble(Means(), TRAIN, MASKS, SEEDS, chunk=MODELS, pieces=store)
        return found.arrays()["means"]

    first = means()
    (path,) = store.path.glob("arrays/models/*")
    store.save_arrays("models/" + path.name[:13], path.name[14:], {"means": np.ones(shape)})
    np.testing.assert_array_equal(means(), first)


def test_forged_answers_are_asked_for_anew(store):
    chunk = Chunk(start=0, masks=MASKS, seeds=tuple(SEEDS))
    answers = Answers(work=ModelsWork(algorithm=Means(), train=TRAIN), pieces=store, name="x")
    answers.save(chunk, TARGETS.inputs, np.zeros((MODELS, 12, 3)))
    assert answers.load(chunk, TARGETS.inputs).shape == (MODELS, 12, 3)
    for forged in (np.zeros((MODELS, 11, 3)), np.zeros((MODELS, 12, 3), int)):
        answers.save(chunk, TARGETS.inputs, forged)
        assert answers.load(chunk, TARGETS.inputs) is None


MARKERS = [
    [], "text", 3, None, {}, {"about": {}, "arrays": [], "files": {}},
    {"about": {"fingerprint": "x"}, "arrays": 3, "files": {}},
    {"about": {"fingerprint": "x"}, "arrays": ["../../x"], "files": {}},
    {"about": {"fingerprint": "x"}, "arrays": [[1]], "files": {}},
    {"about": {"fingerprint": "x"}, "arrays": [], "files": []},
]  # fmt: skip


@pytest.mark.parametrize("marker", MARKERS)
def test_a_forged_piece_is_named(store, marker):
    outputs(store)
    (piece(store) / MARKER).write_bytes(encode(marker))
    assert not store.holds(*_address(store))
    (found,) = outputs(store).repaired
    assert f"{MARKER} is damaged: it describes no piece" in found


DEEP = "[" * 200_000 + "]" * 200_000


@pytest.mark.parametrize(
    "content", [[], "text", None, {}, {"format": 2}, {"format": 2, "study": []}]
)
def test_a_forged_study_is_named_and_written_anew(tmp_path, content):
    RunStore.open(tmp_path, {"seed": 0}).close()
    (tmp_path / "study.json").write_bytes(encode(content))
    assert "study.json is damaged: it describes no study" in RunStore.read(tmp_path).damaged[0]
    with RunStore.open(tmp_path, {"seed": 1}) as store:
        assert "study.json is damaged" in store.damaged[0]
    assert RunStore.read(tmp_path).study == {"seed": 1}


@pytest.mark.parametrize("deep", [DEEP, f'{{"checksum": "x", "content": {DEEP}}}'])
def test_deep_documents_are_damage(tmp_path, deep):
    RunStore.open(tmp_path, {}).close()
    (tmp_path / "study.json").write_text(deep)
    assert "study.json is damaged" in RunStore.read(tmp_path).damaged[0]


@pytest.mark.parametrize("written", ["2", 1, 3, 2.0, True, [2]])
def test_a_layout_is_told_by_its_repr(tmp_path, written):
    RunStore.open(tmp_path, {}).close()
    forged = {"format": written, "traindiff": "9", "study": {}}
    (tmp_path / "study.json").write_bytes(encode(forged))
    with pytest.raises(RunDirectoryError) as refused:
        RunStore.read(tmp_path)
    assert f"in layout {written!r}, and" in str(refused.value)


@pytest.mark.parametrize(
    "content", ["text", [1], {"x": 1}, [{"kind": ["x"]}], [{}], [{"kind": "flip", "side": 3}], 0]
)
def test_forged_hypotheses_are_named_with_the_cure(store, content):
    Notebook(store=store).write(OWN, content)
    with pytest.raises(StoreError, match=rf"{OWN}' is damaged.*traindiff verify"):
        Notebook(store=store).own_hypotheses()
