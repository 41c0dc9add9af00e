import subprocess
import sys
import time

import numpy as np
import pytest
from tests.faults.job import CHUNK, MODELS, outputs

KILLS = 20


def start(run_dir, engine="inline"):
    command = [sys.executable, "-m", "tests.faults.job", str(run_dir), engine]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def finished(run_dir):
    return len(list(run_dir.glob("arrays/outputs/a/*")))


def wait_for(process, run_dir, chunks):
    while finished(run_dir) < chunks and process.poll() is None:
        time.sleep(0.002)


def kill(process):
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return outputs(tmp_path_factory.mktemp("whole") / "run")


def assert_identical(found, expected):
    np.testing.assert_array_equal(found.masks, expected.masks)
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.predictions, expected.predictions)


def test_killed_twenty_times_and_resumed_gives_the_same_bits(tmp_path, uninterrupted):
    rng = np.random.default_rng(0)
    progress = []
    for _ in range(KILLS):
        process, before = start(tmp_path), finished(tmp_path)
        # Some chunks later, at any point of the next: whatever the machine's speed.
        wait_for(process, tmp_path, before + rng.integers(0, 4))
        time.sleep(rng.uniform(0, 0.05))
        kill(process)
        progress.append(finished(tmp_path))
    # Each run kept what earlier ones had finished, and the kills hit work under way.
    assert progress == sorted(progress)
    assert len(set(progress)) > 3
    assert_identical(outputs(str(tmp_path)), uninterrupted)
    assert finished(tmp_path) == MODELS // CHUNK


def test_a_killed_coordinator_takes_its_workers_along(tmp_path, uninterrupted):
    psutil = pytest.importorskip("psutil")
    process = start(tmp_path, "two")
    wait_for(process, tmp_path, 1)
    workers = psutil.Process(process.pid).children()
    kill(process)
    assert workers
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    assert_identical(outputs(str(tmp_path)), uninterrupted)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("engine", ["one", "two", "dask"])
def test_the_engine_does_not_show_in_the_bits(engine, tmp_path, networks):
    if engine == "dask":
        pytest.importorskip("distributed")
    assert_identical(outputs(str(tmp_path / "run"), engine, "network"), networks)


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    return outputs(tmp_path_factory.mktemp("whole") / "run", "inline", "network")
