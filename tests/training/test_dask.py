import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip("distributed")

from distributed import LocalCluster

from traindiff.errors import InputError, TrainingError
from traindiff.training.dask import Dask, _apply, _Vigil, codes, versions

pytestmark = pytest.mark.filterwarnings("default")  # distributed's own, on closing


@dataclass(frozen=True)
class KillOnce:
    """Kills its own worker in mid-task, the first time, and tells who did what."""

    place: Path
    deadly: int

    def __call__(self, task: int) -> tuple[int, int]:
        mark = self.place / str(task)
        if task == self.deadly and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        return task * 10, os.getpid()


def test_a_worker_with_another_file_of_the_persons_code_is_refused():
    described = {"algorithm": [{"function": "recipes.train", "code": "aa", "arguments": {}}]}
    assert codes(described) == {"the code of recipes.train": "aa"}

    class Work(SimpleNamespace):
        def describe(self):
            return self.described

        def __call__(self, task):
            return 2 * task

    own = codes(described)
    assert _apply(Work(described=described), 2, versions(), own) == 4
    assert _apply(Work(described={}), 2, versions(), own) == 4  # its code came along
    other = {"algorithm": {"function": "recipes.train", "code": "bb"}}
    with pytest.raises(InputError, match=r"has the code of recipes.train bb, not aa.*own files"):
        _apply(Work(described=other), 2, versions(), own)


def refuse(task: int) -> int:
    raise InputError(f"task {task} is impossible.")


def by_a_child(task: int) -> int:
    child = multiprocessing.get_context("fork").Process(target=os._exit, args=(task,))
    child.start()
    child.join()
    return child.exitcode


def die(task: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return task


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as running:
        yield running


def test_a_killed_workers_task_is_done_again(cluster, tmp_path):
    engine = Dask(address=cluster.scheduler_address)
    results = dict(engine.run(KillOnce(tmp_path, deadly=3), range(8)))
    assert {index: result[0] for index, result in results.items()} == {i: 10 * i for i in range(8)}
    assert (tmp_path / "3").exists()
    assert os.getpid() not in {result[1] for result in results.values()}


def test_a_lost_scheduler_is_told(cluster, monkeypatch):
    class Losing:
        def __init__(self, futures, with_results):
            self.futures = futures
            futures[0].cancel()  # as the client does with all of them when it loses the scheduler

        def is_empty(self):
            return False

        def has_ready(self):
            return True

        def __next__(self):
            return self.futures[0], CancelledError("scheduler-connection-lost")

    monkeypatch.setattr("traindiff.training.dask.as_completed", Losing)
    with pytest.raises(TrainingError, match="Dask scheduler was lost: start it and run again"):
        list(Dask(address=cluster.scheduler_address).run(abs, [1]))


def test_errors_travel(cluster):
    with pytest.raises(InputError, match="task 5 is impossible"):
        list(Dask(address=cluster.scheduler_address).run(refuse, [5]))


def test_a_worker_with_another_version_is_named(cluster, monkeypatch):
    here = {**versions(), "torch": "1.0", "catboost": "9"}
    monkeypatch.setattr("traindiff.training.dask.versions", lambda: here)
    message = r"worker on \S+ has .*torch .*, not 1\.0.*the same versions"
    with pytest.raises(InputError, match=message):
        list(Dask(address=cluster.scheduler_address).run(abs, [5]))


def test_nothing_to_do_needs_no_cluster():
    assert list(Dask(address="tcp://127.0.0.1:9").run(refuse, [])) == []


def test_a_task_on_a_cluster_of_its_own_may_start_processes():
    assert list(Dask(workers=1).run(by_a_child, [5])) == [(0, 5)]


def test_a_cluster_of_its_own_and_a_task_that_keeps_killing():
    with pytest.raises(TrainingError, match="keeps killing its Dask worker"):
        list(Dask(workers=1).run(die, [0]))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_a_scheduler_that_is_not_there_is_named(address):
    with pytest.raises(InputError, match="no Dask scheduler with a worker answers at"):
        list(Dask(address=address, timeout=0.5).run(refuse, [0]))


def slowly(task: int) -> int:
    time.sleep(6 if task else 0)
    return task


@pytest.fixture
def scheduler(tmp_path):
    """A scheduler that is a process of its own, and its address."""
    file = tmp_path / "scheduler.json"
    command = "from distributed.cli.dask_scheduler import main; main()"
    options = [
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        str(file),
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *options],
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        for _ in range(600):
            if file.exists() and file.stat().st_size:
                break
            time.sleep(0.1)
        yield process, json.loads(file.read_text())["address"]
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def worker(scheduler, tmp_path):
    """A worker of that scheduler, which a test may end."""
    command = "from distributed.cli.dask_worker import main; main()"
    options = [scheduler[1], "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    options += ["--local-directory", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *options],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_silent_scheduler_is_told_within_the_patience(scheduler, worker):
    process, address = scheduler
    results = Dask(address=address, patience=2.0).run(slowly, range(3))
    assert next(results) == (0, 0)
    process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(TrainingError, match=r"scheduler does not answer.*waited 2 s.*is kept"):
            list(results)
    finally:
        process.send_signal(signal.SIGCONT)


def test_work_that_can_not_be_read_there_is_no_lost_scheduler(scheduler, worker, monkeypatch):
    elsewhere = ModuleType("only_here")
    exec("def recipe(task): return task", vars(elsewhere))
    monkeypatch.setitem(sys.modules, "only_here", elsewhere)
    with pytest.raises(InputError, match=r"can't read the study.*only_here.*install"):
        list(Dask(address=scheduler[1]).run(elsewhere.recipe, [1]))


def test_no_worker_left_is_told_within_the_patience(scheduler, worker):
    results = Dask(address=scheduler[1], patience=2.0).run(slowly, range(3))
    assert next(results) == (0, 0)
    worker.kill()
    with pytest.raises(TrainingError, match=r"no Dask worker is left: start `dask worker`"):
        list(results)


def test_a_long_task_is_waited_for_while_its_worker_is_there(monkeypatch):
    clock = iter(range(0, 10_000, 10))
    client = SimpleNamespace(sync=lambda ask, callback_timeout: {"workers": {"one": {}}})
    monkeypatch.setattr("traindiff.training.dask.time.monotonic", lambda: float(next(clock)))
    vigil = _Vigil(client=client, patience=25.0, asked=-10.0)
    for _ in range(100):
        vigil.look()
    client.sync = lambda ask, callback_timeout: {"workers": {}}
    vigil.look()  # a moment without one is no end
    client.sync = lambda ask, callback_timeout: {"workers": {"two": {}}}
    vigil.look()
    client.sync = lambda ask, callback_timeout: {"workers": {}}
    vigil.look()
    with pytest.raises(TrainingError, match="no Dask worker is left"):
        vigil.look()


def test_patience_is_positive():
    with pytest.raises(InputError, match="patience must be a positive number, found 0"):
        Dask(patience=0)
