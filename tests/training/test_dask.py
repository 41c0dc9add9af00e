import multiprocessing
import os
import signal
import time
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("distributed")

from distributed import LocalCluster

from traindiff.errors import InputError, TrainingError
from traindiff.training.dask import Dask

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
    def lose(futures, with_results):
        futures[0].cancel()  # as the client does with all of them when it loses the scheduler
        yield futures[0], CancelledError("scheduler-connection-lost")

    monkeypatch.setattr("traindiff.training.dask.as_completed", lose)
    with pytest.raises(TrainingError, match="Dask scheduler was lost: start it and run again"):
        list(Dask(address=cluster.scheduler_address).run(abs, [1]))


def test_errors_travel(cluster):
    with pytest.raises(InputError, match="task 5 is impossible"):
        list(Dask(address=cluster.scheduler_address).run(refuse, [5]))


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
