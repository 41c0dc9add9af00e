import errno
import json
import multiprocessing
import os
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from traindiff.errors import RunDirectoryError, StoreError
from traindiff.identity import fingerprint
from traindiff.store import MemoryStore, RunStore
from traindiff.store.documents import read_document, write_document

STUDY = {"train": {"models": 100, "fraction": 0.5}, "seed": 0}
KEY = fingerprint("key")
ARRAYS = {
    "masks": np.eye(3, dtype=bool),
    "values": np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
    "seeds": np.array([1, 2**62, 3]),
    "nothing": np.zeros((0, 4)),
    "number": np.array(2.5),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run"


@pytest.fixture
def store(path):
    with RunStore.open(path, STUDY) as opened:
        yield opened


def assert_same(found, expected=ARRAYS):
    assert found is not None
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


@pytest.mark.parametrize("kind", ["disk", "memory"])
def test_arrays_come_back_under_their_name_and_fingerprint_only(kind, store):
    store = {"disk": store, "memory": MemoryStore()}[kind]
    assert store.load_arrays("outputs/a", KEY) is None
    store.save_arrays("outputs/a", KEY, ARRAYS)
    assert_same(store.load_arrays("outputs/a", KEY))
    assert store.load_arrays("outputs/b", KEY) is None
    assert store.load_arrays("outputs/a", fingerprint("other")) is None


def test_saving_again_replaces(store):
    store.save_arrays("x", KEY, ARRAYS)
    store.save_arrays("x", KEY, {"values": np.ones(2)})
    assert_same(store.load_arrays("x", KEY), {"values": np.ones(2)})


def test_anyone_can_read_the_arrays_with_zarr(store, path):
    store.save_arrays("outputs/a", KEY, ARRAYS, about={"why": "test"})
    piece = path / "arrays" / "outputs" / f"a.{KEY}"
    values = zarr.open_array(piece / "values", mode="r")
    np.testing.assert_array_equal(values[:], ARRAYS["values"])
    assert json.loads((piece / "piece.json").read_text())["content"]["about"]["why"] == "test"
    assert "crc32c" in (piece / "values" / "zarr.json").read_text()


def test_a_large_array_is_cut_and_joined(store, monkeypatch):
    monkeypatch.setattr("traindiff.store.pieces.CHUNK_BYTES", 100)
    values = np.arange(300.0).reshape(60, 5)
    store.save_arrays("x", KEY, {"values": values})
    np.testing.assert_array_equal(store.load_arrays("x", KEY)["values"], values)


def test_documents_come_back(store):
    content = {"p": 0.1, "names": ["ä", None], "nested": {"on": True}}
    assert store.load_json("comparison", KEY) is None
    store.save_json("comparison", KEY, content)
    assert store.load_json("comparison", KEY) == content


def test_the_study_is_written_first_and_read_back(path):
    RunStore.open(path, STUDY).close()
    assert RunStore.read(path).study == STUDY
    with RunStore.open(path, {**STUDY, "seed": 0}) as again:
        assert again.study == STUDY


def test_another_study_is_refused_key_by_key(path):
    RunStore.open(path, STUDY).close()
    other = {"train": {"models": 200, "fraction": 0.4}, "seed": 0}
    with pytest.raises(RunDirectoryError, match=r"train\.fraction is 0\.5 there and 0\.4 here"):
        RunStore.open(path, other, may_change=("train.models",))
    assert RunStore.read(path).study == STUDY


def test_what_may_change_is_recorded_anew(path):
    RunStore.open(path, STUDY).close()
    more = {"train": {"models": 200, "fraction": 0.5}, "seed": 0}
    RunStore.open(path, more, may_change=("train.models",)).close()
    assert RunStore.read(path).study == more


def test_a_directory_that_only_looks_like_ours_is_refused(tmp_path):
    (tmp_path / "documents").mkdir()
    with pytest.raises(RunDirectoryError, match="it holds 'documents'"):
        RunStore.open(tmp_path, STUDY)
    with pytest.raises(RunDirectoryError, match="not a run directory"):
        RunStore.read(tmp_path)


def test_a_directory_that_is_not_ours_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("...")
    with pytest.raises(RunDirectoryError, match=r"it holds 'thesis\.tex'"):
        RunStore.open(tmp_path, STUDY)
    with pytest.raises(RunDirectoryError, match="is a file"):
        RunStore.open(tmp_path / "thesis.tex", STUDY)
    with pytest.raises(RunDirectoryError, match="not a run directory"):
        RunStore.read(tmp_path)


def test_a_layout_of_another_version_is_refused(path, monkeypatch):
    monkeypatch.setattr("traindiff.store.run.FORMAT", 99)
    RunStore.open(path, STUDY).close()
    monkeypatch.undo()
    with pytest.raises(RunDirectoryError, match="layout 99"):
        RunStore.open(path, STUDY)


def test_a_run_directory_of_before_is_refused_in_one_sentence(path):
    RunStore.open(path, STUDY).close()
    old = {"format": 1, "traindiff": "0.1.0", "study": STUDY}
    write_document(path / "study.json", old, beside=path / "unfinished")
    for opening in (RunStore.read, RunStore.find, lambda where: RunStore.open(where, STUDY)):
        with pytest.raises(RunDirectoryError) as refused:
            opening(path)
        assert str(refused.value) == (
            f"{path} was written by traindiff 0.1.0 in layout 1, and traindiff "
            f"{version('traindiff')} reads layout 2 alone: give another run directory."
        )
    assert read_document(path / "study.json") == old


def test_finished_pieces_are_known_by_name_and_time(path):
    assert RunStore.find(path) is None
    with RunStore.open(path, STUDY) as store:
        for name in (
            "outputs/a/000008-000016",
            "outputs/a/000000-000008",
            "outputs/b/000000-000004",
        ):
            store.save_arrays(name, KEY, ARRAYS)
        assert store.finished("outputs/c") == ()
        found = store.finished("outputs/a")
    assert [piece.name for piece in found] == ["000000-000008", "000008-000016"]
    assert found[1].time <= found[0].time <= time.time()
    assert RunStore.find(path).finished("outputs/a") == found


def test_what_a_killed_writer_left_unfinished_is_swept_away(path):
    RunStore.open(path, STUDY).close()
    (path / "unfinished" / "000000.abc" / "values").mkdir(parents=True)
    RunStore.open(path, STUDY).close()
    assert list((path / "unfinished").iterdir()) == []


def hold(path, ready, release):
    with RunStore.open(path, STUDY):
        ready.set()
        release.wait(30)


def test_a_second_writer_is_kept_out_and_a_crash_frees_the_lock(path):
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(path, ready, release))
    holder.start()
    assert ready.wait(30)
    with pytest.raises(RunDirectoryError, match=f"being written by process {holder.pid}"):
        RunStore.open(path, STUDY)
    assert RunStore.read(path).study == STUDY
    holder.kill()
    holder.join()
    RunStore.open(path, STUDY).close()


def _files(root):
    return sorted(path for path in root.rglob("*") if path.is_file())


@given(which=st.integers(0, 10**6), where=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(max_examples=150, deadline=None)
def test_any_flipped_bit_is_detected_and_named(which, where, bit):
    path = _example_run()
    files = [file for file in _files(path) if file.name != "lock"]
    victim = files[which % len(files)]
    content = bytearray(victim.read_bytes())
    original = bytes(content)
    content[where % len(content)] ^= 1 << bit
    victim.write_bytes(bytes(content))
    try:
        with pytest.raises(StoreError, match=victim.name):
            _read_all(path)
    finally:
        victim.write_bytes(original)


@pytest.mark.parametrize("harm", ["truncate", "remove", "empty"])
def test_a_truncated_or_missing_file_is_detected_and_named(harm):
    path = _example_run()
    for victim in (file for file in _files(path) if file.name != "lock"):
        original = victim.read_bytes()
        if harm == "remove":
            victim.unlink()
        else:
            victim.write_bytes(original[: 0 if harm == "empty" else len(original) // 2])
        if victim.suffix == ".json" and victim.parent.name == "documents" and harm == "remove":
            assert RunStore.read(path).load_json("comparison", KEY) is None
        else:
            with pytest.raises(StoreError, match=victim.name):
                _read_all(path)
        with RunStore.open(path, STUDY) as store:
            _write_all(store)
        _read_all(path)


def test_damage_is_noted_once_and_whole_pieces_are_told_from_damaged_ones(store, path):
    store.save_arrays("x", KEY, ARRAYS)
    store.save_arrays("y", KEY, ARRAYS)
    assert store.holds("x", KEY)
    assert not store.holds("z", KEY)
    victim = path / "arrays" / f"x.{KEY}" / "values" / "c" / "0" / "0"
    victim.write_bytes(b"")
    for _ in range(2):
        assert not store.holds("x", KEY)
        with pytest.raises(StoreError, match="is damaged"):
            store.load_arrays("x", KEY)
    assert store.holds("y", KEY)
    assert len(store.damaged) == 1
    assert str(victim) in store.damaged[0]


@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_bytes(b"{}")])
def test_a_lost_study_is_written_anew_and_what_was_computed_is_kept(path, harm):
    with RunStore.open(path, STUDY) as store:
        store.save_arrays("x", KEY, ARRAYS)
    harm(path / "study.json")
    assert "study.json" in RunStore.read(path).damaged[0]
    with RunStore.open(path, STUDY) as store:
        assert "study.json" in store.damaged[0]
        assert_same(store.load_arrays("x", KEY))
    found = RunStore.read(path)
    assert (found.study, found.damaged) == (STUDY, [])


_RUN = []


@pytest.fixture(scope="module", autouse=True)
def example_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("example") / "run"
    with RunStore.open(path, STUDY) as store:
        _write_all(store)
    _RUN.append(path)


def _example_run():
    return _RUN[-1]


def _write_all(store):
    store.save_arrays("outputs/a", KEY, ARRAYS)
    store.save_json("comparison", KEY, {"p": 0.05})


def _read_all(path):
    store = RunStore.read(path)
    for message in store.damaged:  # of study.json: nothing else has been read yet
        raise StoreError(message)
    assert_same(store.load_arrays("outputs/a", KEY))
    assert store.load_json("comparison", KEY) == {"p": 0.05}


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "the disk is full: free some space, then run again"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_disk_that_refuses_is_explained_and_nothing_is_half_written(
    store, path, monkeypatch, number, advice
):
    store.save_arrays("x", KEY, ARRAYS)
    before = _files(path)

    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError, match=advice):
        store.save_arrays("y", KEY, ARRAYS)
    with pytest.raises(StoreError, match=advice):
        store.save_json("z", KEY, {})
    monkeypatch.undo()
    assert store.load_arrays("y", KEY) is None
    assert store.load_json("z", KEY) is None
    assert_same(store.load_arrays("x", KEY))
    assert [file for file in _files(path) if "unfinished" not in file.parts] == before


def test_a_place_that_may_not_be_written_is_explained(path, monkeypatch):
    def refuse(*arguments, **settings):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError, match="permission is denied: make it writable"):
        RunStore.open(path, STUDY)
