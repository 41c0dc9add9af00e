import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from tests.faults.job import CHUNK, MODELS, Slow, outputs, trained

from traindiff.errors import RunDirectoryError

KILLS = 20


def start(*arguments):
    command = [sys.executable, "-m", "tests.faults.job", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout.readline() == "ready\n"
    return process


def finished(run_dir):
    return len(list(run_dir.glob("arrays/outputs/a/*")))


def wait_for(run_dir, chunks):
    give_up = time.monotonic() + 60
    while finished(run_dir) < chunks and time.monotonic() < give_up:
        time.sleep(0.002)


def kill(process):
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def nursery():
    process = start()
    yield process
    kill(process)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    return tmp_path_factory.mktemp("whole") / "run"


@pytest.fixture(scope="module")
def uninterrupted(whole_run):
    return outputs(str(whole_run))


def assert_identical(found, expected):
    np.testing.assert_array_equal(found.masks, expected.masks)
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.predictions, expected.predictions)


def test_killed_twenty_times_and_resumed_gives_the_same_bits(tmp_path, uninterrupted, nursery):
    rng = np.random.default_rng(0)
    progress, torn = [], 0
    for _ in range(KILLS):
        before = finished(tmp_path)
        nursery.stdin.write(f"{tmp_path}\n")
        child = int(nursery.stdout.readline())
        # Some chunks later, at any point of the next, its writing included: whatever the
        # machine's speed.
        wait_for(tmp_path, min(before + rng.integers(0, 4), MODELS // CHUNK))
        time.sleep(rng.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        assert nursery.stdout.readline() == "ended\n"
        progress.append(finished(tmp_path))
        torn += any((tmp_path / "unfinished").glob("*"))
    # Each run kept what earlier ones had finished; kills hit training and writing.
    assert progress == sorted(progress)
    assert len(set(progress)) > 5
    assert torn > 2
    assert_identical(outputs(str(tmp_path)), uninterrupted)
    assert finished(tmp_path) == MODELS // CHUNK


def test_a_killed_coordinator_takes_its_workers_along(tmp_path, uninterrupted):
    process = start(tmp_path, "two")
    wait_for(tmp_path, 1)
    family = psutil.Process(process.pid).children()
    kill(process)
    assert len(family) > 2
    assert psutil.wait_procs(family, timeout=20)[1] == []
    assert_identical(outputs(str(tmp_path)), uninterrupted)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("engine", ["two", "dask"])
def test_a_killed_worker_and_a_second_coordinator_change_nothing(engine, tmp_path, uninterrupted):
    process = start(tmp_path, engine)
    wait_for(tmp_path, 3)
    with pytest.raises(RunDirectoryError, match=f"being written by process {process.pid}"):
        outputs(str(tmp_path))
    family = psutil.Process(process.pid).children()
    workers = [each for each in family if "spawn_main" in " ".join(each.cmdline())]
    assert len(workers) == 2
    workers[0].kill()
    assert finished(tmp_path) < MODELS // CHUNK
    assert process.wait(120) == 0
    kill(process)
    assert finished(tmp_path) == MODELS // CHUNK
    assert_identical(outputs(str(tmp_path)), uninterrupted)


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(bytes(content))


HARMS = {
    "values/c/0/0": flip,
    "piece.json": flip,
    "masks/zarr.json": lambda path: path.write_bytes(path.read_bytes()[:40]),
    "predictions/c/0/0": lambda path: path.write_bytes(b""),
    "seeds/c/0": Path.unlink,
    "zarr.json": lambda path: path.with_name("surplus").write_bytes(b"x"),
}


def test_damaged_chunks_are_named_and_computed_anew_and_no_others(
    tmp_path, whole_run, uninterrupted, monkeypatch
):
    shutil.copytree(whole_run, tmp_path / "run")
    chunks = sorted((tmp_path / "run" / "arrays" / "outputs" / "a").iterdir())
    victims = chunks[3 : 3 + 5 * len(HARMS) : 5]
    for chunk, (name, harm) in zip(victims, HARMS.items(), strict=True):
        harm(chunk / name)
    done = []
    train = Slow.train

    def counted(self, *arguments):
        done.append(1)
        return train(self, *arguments)

    monkeypatch.setattr(Slow, "train", counted)
    found = trained(str(tmp_path / "run"))
    assert len(done) == len(found.repaired) == len(HARMS)
    for chunk, told in zip(victims, found.repaired, strict=True):
        assert chunk.name in told
    assert_identical(found.outputs, uninterrupted)
    assert trained(str(tmp_path / "run")).repaired == ()


def test_a_clock_that_jumps_makes_nothing_stale(tmp_path, whole_run, uninterrupted):
    shutil.copytree(whole_run, tmp_path / "run")
    rng = np.random.default_rng(0)
    for path in (tmp_path / "run").rglob("*"):
        os.utime(path, (0, float(rng.uniform(0, 4e9))))
    flip(next((tmp_path / "run").glob("arrays/outputs/a/000040*/values/c/0/0")))
    assert_identical(outputs(str(tmp_path / "run")), uninterrupted)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("engine", ["one", "two", "dask"])
def test_the_engine_does_not_show_in_the_bits(engine, tmp_path, networks):
    if engine == "dask":
        pytest.importorskip("distributed")
    assert_identical(outputs(str(tmp_path / "run"), engine, "network"), networks)


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    return outputs(tmp_path_factory.mktemp("whole") / "run", "inline", "network")
