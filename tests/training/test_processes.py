import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from traindiff.errors import InputError, TrainingError
from traindiff.training import Inline, Processes


@dataclass(frozen=True)
class Square:
    offset: int = 0

    def __call__(self, task: int) -> np.ndarray:
        return np.array([task**2 + self.offset, os.getpid()])


@dataclass(frozen=True)
class DieOnce:
    """Kills its own worker in mid-task, the first time."""

    place: Path
    deadly: int

    def __call__(self, task: int) -> int:
        mark = self.place / str(task)
        if task == self.deadly and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return task


def die_always(task: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return task


def refuse(task: int) -> int:
    raise InputError(f"task {task} is impossible.")


def crash(task: int) -> int:
    raise ZeroDivisionError("a bug")


def interrupt(task: int) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    return task


def linger(task: int) -> int:
    time.sleep(0 if task == 0 else 60)
    return task


def end_once(place: Path) -> str:
    """End its own worker as the system's out-of-memory daemons do, the first time."""
    mark = place / "ended"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    return mark.name


def by_a_child(task: int) -> int:
    """As data loaders do, which start processes of their own."""
    child = multiprocessing.get_context("fork").Process(target=os._exit, args=(task,))
    child.start()
    child.join()
    return child.exitcode


@pytest.mark.parametrize("engine", [Inline(), Processes(workers=2)])
def test_every_task_is_done_once(engine):
    results = dict(engine.run(Square(offset=1), [1, 2, 3, 4, 5]))
    assert [int(results[i][0]) for i in range(5)] == [2, 5, 10, 17, 26]
    assert list(engine.run(Square(), [])) == []


def test_work_is_done_elsewhere():
    workers = {int(result[1]) for _, result in Processes(workers=2).run(Square(), range(20))}
    assert os.getpid() not in workers
    assert 1 <= len(workers) <= 2


def test_a_lost_worker_costs_only_its_task(tmp_path):
    results = dict(Processes(workers=2).run(DieOnce(tmp_path, deadly=2), range(6)))
    assert results == {i: i for i in range(6)}
    assert (tmp_path / "2").exists()


def test_a_task_that_keeps_killing_workers_is_given_up():
    with pytest.raises(TrainingError, match="lost its worker process 2 times, the last by SIGKILL"):
        list(Processes(workers=1, attempts=2).run(die_always, [0]))


def test_a_worker_that_is_asked_to_end_costs_only_its_task(tmp_path):
    assert list(Processes(workers=1).run(end_once, [tmp_path])) == [(0, "ended")]


def test_a_workers_task_may_start_processes_of_its_own():
    assert list(Processes(workers=1).run(by_a_child, [3])) == [(0, 3)]


def test_errors_travel():
    with pytest.raises(InputError, match="task 7 is impossible"):
        list(Processes(workers=1).run(refuse, [7]))


def test_a_bug_stops_the_work_and_is_not_retried(capfd):
    with pytest.raises(TrainingError, match="exit code 1"):
        list(Processes(workers=1).run(crash, [0]))
    assert "ZeroDivisionError: a bug" in capfd.readouterr().err


def test_ctrl_c_is_the_coordinators_to_handle():
    assert dict(Processes(workers=1).run(interrupt, [5])) == {0: 5}


def test_stopping_early_leaves_no_worker_behind():
    before = set(multiprocessing.active_children())
    work = Processes(workers=2).run(linger, [0, 1, 2])
    assert next(work)[0] == 0
    work.close()
    assert set(multiprocessing.active_children()) == before


def test_a_script_that_breaks_off_ends_without_waiting_for_its_workers(tmp_path):
    script = tmp_path / "broken_off.py"
    script.write_text(
        "import time\n"
        "from traindiff.training import Processes\n"
        "if __name__ == '__main__':\n"
        "    work = Processes(workers=2).run(time.sleep, [0, 300, 300])\n"
        "    next(work)\n"
        "    raise ValueError('of the script')\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: of the script\n")


def test_impossible_numbers_are_refused():
    with pytest.raises(InputError, match="must be a whole number of at least 1"):
        Processes(workers=0)


def test_a_single_task_can_be_done_where_it_is_asked_for():
    ((_, (_, process)),) = Processes(workers=2, fewest=2).run(Square(), [3])
    assert int(process) == os.getpid()
    found = Processes(workers=2, fewest=2).run(Square(), range(2))
    assert os.getpid() not in {int(each[1]) for _, each in found}
