import subprocess

import numpy as np
import pytest
from tests.faults.job import MODELS, outputs

from traindiff.errors import StoreError
from traindiff.identity import fingerprint
from traindiff.store import RunStore


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_stops_clearly_and_loses_nothing(small_disk, tmp_path):
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 100 * 1024)
    with pytest.raises(StoreError, match="the disk is full: free some space, then run again"):
        outputs(str(small_disk / "run"))
    kept = len(list((small_disk / "run").glob("arrays/outputs/a/*")))
    assert 0 < kept < MODELS // 4
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    resumed = outputs(str(small_disk / "run"))
    whole = outputs(str(tmp_path / "whole"))
    np.testing.assert_array_equal(resumed.values, whole.values)


def test_a_read_only_directory_is_explained_and_can_still_be_read(small_disk):
    with RunStore.open(small_disk / "run", {"job": 1}) as store:
        store.save_arrays("x", fingerprint("x"), {"values": np.arange(3)})
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match="the file system is read-only: make it writable"):
        outputs(str(small_disk / "run"))
    with pytest.raises(StoreError, match="the file system is read-only: make it writable"):
        outputs(str(small_disk / "other"))
    found = RunStore.read(small_disk / "run").load_arrays("x", fingerprint("x"))
    np.testing.assert_array_equal(found["values"], np.arange(3))
