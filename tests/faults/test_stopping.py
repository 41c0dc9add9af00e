"""Whatever ends the coordinator or a worker, all that they have started ends too."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

STUDY = """
[data]
source = "wine"
train = 60
targets = 30
verification = 30
[a]
kind = "command"
command = ["python", "script.py", "{directory}", "."]
[b]
kind = "sklearn"
estimator = "sklearn.naive_bayes.GaussianNB"
[train]
models = 20
seconds_per_model = 300.0
workers = 2
"""


def started(command, place, **settings):
    temporary = place / "temporary"
    temporary.mkdir()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:  # who runs these tests in the background has made their children deaf to Ctrl-C
        return subprocess.Popen(
            command,
            env={**os.environ, "TMPDIR": str(temporary)},
            start_new_session=True,
            **settings,
        )
    finally:
        signal.signal(signal.SIGINT, before)


def wait_for(place, tasks):
    give_up = time.monotonic() + 60
    while len(list(place.glob("pids-*"))) < tasks:
        assert time.monotonic() < give_up, "the tasks did not begin"
        time.sleep(0.05)


def busy(place, tasks):
    """Return the processes of ``tasks`` tasks, once all of them have begun."""
    wait_for(place, tasks)
    found = [int(pid) for file in place.glob("pids-*") for pid in file.read_text().split()]
    return [psutil.Process(pid) for pid in found]


def assert_gone(processes):
    assert processes
    assert psutil.wait_procs(processes, timeout=20)[1] == []


def long_run(place, engine, kind):
    command = [sys.executable, "-m", "tests.faults.long", str(place), engine, kind]
    return started(command, place)


@pytest.mark.parametrize(
    ("engine", "kind", "tasks"),
    [("inline", "script", 1), ("two", "script", 2), ("two", "deaf", 2), ("dask", "script", 2)],
)
def test_a_killed_coordinator_leaves_nobody_at_work(tmp_path, engine, kind, tasks):
    coordinator = long_run(tmp_path, engine, kind)
    try:
        at_work = busy(tmp_path, tasks)
        family = psutil.Process(coordinator.pid).children(recursive=True)
    finally:
        coordinator.kill()
        coordinator.wait()
    assert_gone([*at_work, *family])
    if engine == "two" and kind == "script":  # workers had the time to clean up
        assert list((tmp_path / "temporary").glob("traindiff-*")) == []


def test_a_killed_workers_script_does_not_train_on(tmp_path):
    coordinator = long_run(tmp_path, "one", "script")
    try:
        at_work = busy(tmp_path, 1)
        psutil.Process(at_work[0].pid).parent().parent().kill()  # past the script's supervisor
        assert_gone(at_work)
        wait_for(tmp_path, 2)  # its task has begun again
    finally:
        family = psutil.Process(coordinator.pid).children(recursive=True)
        coordinator.terminate()
        coordinator.wait()
    assert_gone(family)


def test_ctrl_c_stops_a_run_cleanly_and_says_how_to_continue(tmp_path):
    from tests.faults.long import SCRIPT

    Path(tmp_path, "script.py").write_text(SCRIPT)
    Path(tmp_path, "study.toml").write_text(STUDY)
    run = started(
        [Path(sys.executable).with_name("traindiff"), "run", "study.toml"],
        tmp_path,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        at_work = busy(tmp_path, 2)
        family = psutil.Process(run.pid).children(recursive=True)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to all of the foreground group
        told = run.communicate(timeout=60)[1]
    finally:
        run.kill()
    assert run.returncode == 130
    assert "continue with: traindiff run runs/study" in told
    assert "Traceback" not in told
    assert_gone([*at_work, *family])
    assert list((tmp_path / "temporary").glob("traindiff-*")) == []
