"""A run directory from someone else: nothing is written through its links, nothing waits for it."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from traindiff.errors import RunDirectoryError, StoreError
from traindiff.identity import fingerprint
from traindiff.store import RunStore

STUDY = {"seed": 0}
KEY = fingerprint("key")
OLD, NEW = {"values": np.arange(3)}, {"values": np.arange(4)}


@pytest.fixture
def run(tmp_path):
    with RunStore.open(tmp_path / "run", STUDY) as store:
        store.save_arrays("outputs/a", KEY, OLD)
        store.save_json("proposals", KEY, ["old"])
    return tmp_path / "run"


@pytest.fixture
def precious(tmp_path):
    path = tmp_path / "precious"
    path.write_text("precious")
    return path


@pytest.mark.parametrize("tie", [Path.symlink_to, Path.hardlink_to])
def test_a_lock_that_is_a_link_is_named_and_left_alone(run, precious, tie):
    (run / "lock").unlink()
    tie(run / "lock", precious)
    with pytest.raises(RunDirectoryError, match=r"run/lock is no lock file"):
        RunStore.open(run, STUDY)
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_the_message_names_the_lock_and_not_the_directory(run, make):
    (run / "lock").unlink()
    make(run / "lock")
    with pytest.raises(RunDirectoryError, match=r"run/lock is no lock file"):
        RunStore.open(run, STUDY)


def test_the_sweep_removes_a_link_and_not_what_it_leads_to(run, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "study.json").write_text("precious")
    (run / "unfinished").rmdir()
    (run / "unfinished").symlink_to(tmp_path / "theirs")
    RunStore.open(run, STUDY).close()
    assert (tmp_path / "theirs" / "study.json").read_text() == "precious"
    assert not (run / "unfinished").is_symlink()


@pytest.mark.parametrize("name", ["arrays", "arrays/outputs", "documents", "unfinished"])
def test_nothing_is_written_through_a_linked_directory(run, tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    with RunStore.open(run, STUDY) as store:
        (run / name).rename(tmp_path / "aside")
        (run / name).symlink_to(outside)
        write = store.save_json if name == "documents" else store.save_arrays
        with pytest.raises(StoreError, match=rf"{name} is no directory of its own"):
            write("outputs/a", KEY, {"values": np.arange(4)})
    assert list(outside.iterdir()) == []


def test_links_in_place_of_pieces_and_documents_are_replaced(run, tmp_path, precious):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "mine.txt").write_text("precious")
    with RunStore.open(run, STUDY) as store:
        piece = run / "arrays" / "outputs" / f"a.{KEY}"
        shutil.rmtree(piece)
        piece.symlink_to(theirs)
        document = run / "documents" / f"proposals.{KEY}.json"
        document.unlink()
        document.symlink_to(precious)
        (run / "unfinished" / document.name).symlink_to(precious)
        (run / "unfinished" / piece.name).symlink_to(theirs)
        store.save_arrays("outputs/a", KEY, NEW)
        store.save_json("proposals", KEY, ["new"])
        np.testing.assert_array_equal(store.load_arrays("outputs/a", KEY)["values"], np.arange(4))
    assert precious.read_text() == (theirs / "mine.txt").read_text() == "precious"
    assert not piece.is_symlink()
    assert not document.is_symlink()


def test_a_pipe_in_place_of_a_document_is_damage_and_no_wait(run):
    document = run / "documents" / f"proposals.{KEY}.json"
    document.unlink()
    os.mkfifo(document)
    with pytest.raises(StoreError, match=r"proposals\..* is damaged: it is no file"):
        RunStore.read(run).load_json("proposals", KEY)


class Killed(BaseException):
    """What a test raises where the process would have died."""


OPERATIONS = [(Path, "rename"), (os, "fsync"), (os, "unlink"), (os, "rmdir"), (Path, "unlink")]


def killed_after(patch, operations):
    """Let ``operations`` changes of the disk pass, and none after them."""
    left = [operations]

    def counted(real):
        def wrapped(*arguments, **settings):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*arguments, **settings)

        return wrapped

    for owner, name in OPERATIONS:
        patch.setattr(owner, name, counted(getattr(owner, name)))


def test_overwriting_a_piece_keeps_the_old_until_the_new_is_whole(run, monkeypatch):
    """At most one moment, between two renames, has neither: its files are whole, moved aside."""
    missing = []
    for operations in range(60):
        with RunStore.open(run, STUDY) as store:
            store.save_arrays("outputs/a", KEY, OLD)
            with monkeypatch.context() as patch:
                killed_after(patch, operations)
                try:
                    store.save_arrays("outputs/a", KEY, NEW)
                except Killed:
                    finished = False
                else:
                    finished = True
        found = RunStore.read(run).load_arrays("outputs/a", KEY)
        if found is None:
            missing.append(operations)
        else:
            assert len(found["values"]) in (3, 4)
        if finished:
            break
    assert finished
    assert len(missing) <= 1


def test_a_disk_that_refuses_the_new_leaves_the_old(run, monkeypatch):
    real = Path.rename

    def refuse(source, target):
        if "unfinished" in source.parts and not source.name.endswith(".former"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(source, target)

    with RunStore.open(run, STUDY) as store:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", refuse)
            with pytest.raises(StoreError, match="the disk is full"):
                store.save_arrays("outputs/a", KEY, NEW)
        np.testing.assert_array_equal(store.load_arrays("outputs/a", KEY)["values"], np.arange(3))
