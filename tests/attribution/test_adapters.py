import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from traindiff import InputError
from traindiff.attribution.adapters import (
    ADAPTERS,
    from_bergson,
    from_captum,
    from_dattri,
    from_kronfluence,
    from_trak,
)

FILES = Path(__file__).parent / "files"  # written by make_files.py, by each library itself
SHAPE = {"n_train": 6, "n_targets": 4}
PATHS = {
    "bergson": FILES / "bergson",
    "captum": FILES / "captum.pt",
    "dattri": FILES / "dattri.pt",
    "kronfluence": FILES / "kronfluence" / "pairwise_scores.safetensors",
    "trak": FILES / "trak" / "scores" / "targets.mmap",
}
TRAIN_FIRST = ("bergson", "dattri", "trak")


def expected(library):
    with np.load(FILES / "expected.npz") as arrays:
        scores = arrays[library]
    return scores.T if library in TRAIN_FIRST else scores


@pytest.mark.parametrize("library", ADAPTERS)
def test_a_librarys_own_file_is_read_as_it_returned_it_in_memory(library):
    scores = ADAPTERS[library](PATHS[library], **SHAPE)
    assert scores.shape == (4, 6)
    np.testing.assert_array_equal(scores, expected(library))


@pytest.mark.parametrize("library", ["dattri", "captum"])
def test_scores_in_memory_are_read_like_their_file(library):
    given = torch.load(PATHS[library], weights_only=True)
    np.testing.assert_array_equal(ADAPTERS[library](given, **SHAPE), expected(library))


def test_a_numpy_file_serves_as_well(tmp_path):
    np.save(tmp_path / "scores.npy", expected("captum"))
    found = from_captum(tmp_path / "scores.npy", **SHAPE)
    np.testing.assert_array_equal(found, expected("captum"))


@pytest.mark.parametrize("library", ADAPTERS)
def test_the_other_orientation_is_refused_not_turned(library):
    with pytest.raises(InputError, match="fits the other way round"):
        ADAPTERS[library](PATHS[library], n_train=4, n_targets=6)


@pytest.mark.parametrize("library", ADAPTERS)
def test_other_numbers_of_examples_are_refused(library):
    with pytest.raises(InputError, match=r"expected .* of shape .*, found"):
        ADAPTERS[library](PATHS[library], n_train=7, n_targets=4)


@pytest.mark.parametrize("adapter", [from_dattri, from_captum])
def test_a_square_must_be_told_and_is_then_taken_at_its_word(adapter):
    scores = np.arange(9.0).reshape(3, 3)
    with pytest.raises(InputError, match="axes='targets, train' or axes='train, targets'"):
        adapter(scores, n_train=3, n_targets=3)
    found = adapter(scores, n_train=3, n_targets=3, axes="train, targets")
    np.testing.assert_array_equal(found, scores.T)
    found = adapter(scores, n_train=3, n_targets=3, axes="targets, train")
    np.testing.assert_array_equal(found, scores)


def test_scores_that_are_not_finite_are_refused():
    scores = np.zeros((6, 4))
    scores[2, 1] = np.nan
    with pytest.raises(InputError, match=r"NaN .* \[2, 1\]"):
        from_dattri(scores, **SHAPE)


def test_unfinished_trak_scores_are_refused(tmp_path):
    shutil.copytree(FILES / "trak", tmp_path / "trak")
    experiments = tmp_path / "trak" / "experiments.json"
    content = json.loads(experiments.read_text())
    content["targets"]["scores_finalized"] = 0
    experiments.write_text(json.dumps(content))
    with pytest.raises(InputError, match="does not say that the scores of 'targets' are finished"):
        from_trak(tmp_path / "trak" / "scores" / "targets.mmap", **SHAPE)


def test_trak_scores_without_their_directory_are_refused(tmp_path):
    (tmp_path / "scores").mkdir()
    shutil.copy(PATHS["trak"], tmp_path / "scores")
    with pytest.raises(InputError, match=r"experiments.json can't be read"):
        from_trak(tmp_path / "scores" / "targets.mmap", **SHAPE)


def test_unfinished_bergson_scores_are_refused(tmp_path):
    shutil.copytree(FILES / "bergson", tmp_path / "bergson")
    info = json.loads((tmp_path / "bergson" / "info.json").read_text())
    path = tmp_path / "bergson" / "scores.bin"
    records = np.memmap(path, dtype=info["dtype"], mode="r+", shape=(6,))
    records["written_3"][5] = False
    records.flush()
    with pytest.raises(InputError, match="some scores were never written"):
        from_bergson(tmp_path / "bergson", **SHAPE)


@pytest.mark.parametrize("what", ["tokens", "candidates"])
def test_bergson_scores_of_something_else_are_refused(tmp_path, what):
    shutil.copytree(FILES / "bergson", tmp_path / "bergson")
    if what == "candidates":
        np.save(tmp_path / "bergson" / "candidates.npy", np.arange(6))
    else:
        path = tmp_path / "bergson" / "info.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "attribute_tokens": True}))
    with pytest.raises(InputError, match="score whole documents"):
        from_bergson(tmp_path / "bergson", **SHAPE)


def test_a_damaged_bergson_file_is_refused(tmp_path):
    shutil.copytree(FILES / "bergson", tmp_path / "bergson")
    (tmp_path / "bergson" / "scores.bin").write_bytes(b"short")
    with pytest.raises(InputError, match="no readable score directory"):
        from_bergson(tmp_path / "bergson", **SHAPE)


def test_a_kronfluence_module_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"unknown module '1'.*'all_modules'"):
        from_kronfluence(PATHS["kronfluence"], **SHAPE, module="1")


@pytest.mark.parametrize("library", ADAPTERS)
def test_a_file_of_something_else_is_an_input_error(library, tmp_path):
    path = tmp_path / "scores" / "other.npy"
    path.parent.mkdir()
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(InputError):
        ADAPTERS[library](path, **SHAPE)


def test_a_file_that_holds_code_is_refused(tmp_path):
    torch.save(Path("x"), tmp_path / "scores.pt")
    with pytest.raises(InputError, match="one tensor"):
        from_dattri(tmp_path / "scores.pt", **SHAPE)


def test_a_state_dict_is_no_score(tmp_path):
    torch.save({"scores": torch.zeros(2)}, tmp_path / "scores.pt")
    with pytest.raises(InputError, match="one tensor, found a dict"):
        from_captum(tmp_path / "scores.pt", **SHAPE)
