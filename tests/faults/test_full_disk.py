import subprocess

import numpy as np
import pytest
from tests.faults.job import MODELS, outputs

from traindiff.errors import StoreError


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
