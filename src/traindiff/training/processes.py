"""Train chunks in several processes of this machine.

Each worker has a pipe of its own: a worker's death is seen at once and costs only the task it was
doing. Workers may start processes of their own, such as a data loader's.
"""

import atexit
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from traindiff.algorithms.command.algorithm import THREADS
from traindiff.errors import TraindiffError, TrainingError, whole
from traindiff.training.engines import Inline
from traindiff.training.lifetime import (
    ENDED,
    end,
    follow_coordinator,
    kill,
    uninterrupted,
)

__all__ = ["Processes"]

Task = TypeVar("Task")
Result = TypeVar("Result")

_SPAWN = get_context("spawn")  # forking a process that runs threads can lock up


@dataclass(frozen=True, kw_only=True)
class Processes:
    """Several tasks at a time, each in a process of its own.

    A script that uses this engine must start its work under ``if __name__ == "__main__":``.

    Parameters
    ----------
    workers : int, optional
        By default one for each core.
    attempts : int
        How often a task may lose its worker before the work is given up.
    fewest : int
        Tasks from which processes are started. Fewer are done in this one: a worker takes seconds
        of processor time before it can begin.

    Raises
    ------
    InputError
        When a number is not positive.
    """

    workers: int | None = None
    attempts: int = 3
    fewest: int = 1

    def __post_init__(self) -> None:
        """Refuse impossible numbers."""
        whole("workers", 1 if self.workers is None else self.workers)
        whole("attempts", self.attempts)
        whole("fewest", self.fewest)

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[tuple[int, Result], None, None]:
        """Yield each task's index and result, in the order in which they finish.

        Raises
        ------
        TrainingError
            When a task keeps losing its worker, or breaks it with an error (whose traceback the
            worker has written to standard error).
        """
        if len(tasks) < self.fewest or not tasks:
            yield from Inline().run(work, tasks)
            return
        count = min(self.capacity(), len(tasks))
        crew = _Crew(work=work, tasks=tasks, attempts=self.attempts)
        atexit.register(crew.dismiss)  # who never closes this generator does not wait for ever
        try:
            crew.hire(count)
            while crew.busy:
                yield from crew.harvest()
        finally:
            crew.dismiss()
            atexit.unregister(crew.dismiss)

    def capacity(self) -> int:
        """Return the number of workers."""
        return self.workers or os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: "Connection[Any, Any]"


@dataclass(kw_only=True, eq=False)
class _Crew:
    """The workers, and which task each one does."""

    work: Callable[[Any], Any]
    tasks: Sequence[Any]
    attempts: int
    waiting: deque[int] = field(init=False)
    busy: dict[_Worker, int] = field(default_factory=dict)
    losses: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.waiting = deque(range(len(self.tasks)))

    def hire(self, count: int = 1) -> None:
        """Start workers on the next tasks, as far as there are any."""
        workers = [self._start() for _ in range(min(count, len(self.waiting)))]
        for worker in workers:
            # Sent once all have been started: the first may need seconds until it can take it.
            with suppress(ConnectionError):  # it died: reading from it will say so
                worker.pipe.send(self.work)
            self._assign(worker)

    def harvest(self) -> Iterator[tuple[int, Any]]:
        """Wait until some worker has news; yield what is finished."""
        ready = connection.wait([worker.pipe for worker in self.busy])
        for worker in [worker for worker in self.busy if worker.pipe in ready]:
            index = self.busy.pop(worker)
            try:
                result = worker.pipe.recv()
            except (EOFError, ConnectionError):
                self._bury(worker, index)
                continue
            if isinstance(result, TraindiffError):
                self._dismiss(worker)
                raise result
            self._assign(worker)
            yield index, result

    def dismiss(self) -> None:
        """Stop every worker, whatever it is doing."""
        self._dismiss(*self.busy)

    def _start(self) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_serve, args=(theirs,))
        with uninterrupted():
            process.start()
        theirs.close()
        return _Worker(process=process, pipe=ours)

    def _assign(self, worker: _Worker) -> None:
        if not self.waiting:
            worker.pipe.close()
            kill(worker.process)  # it is idle: there is nothing to clean up
            return
        index = self.waiting.popleft()
        self.busy[worker] = index
        with suppress(ConnectionError):  # it died while idle: reading from it will say so
            worker.pipe.send(self.tasks[index])

    def _bury(self, worker: _Worker, index: int) -> None:
        worker.process.join()
        kill(worker.process)
        code = worker.process.exitcode or 0
        code = -signal.SIGTERM if code == ENDED else code
        worker.pipe.close()
        self.losses[index] = self.losses.get(index, 0) + 1
        if code > 0:
            raise TrainingError(
                f"a worker process stopped with exit code {code}; its error is above. (A script "
                "that uses worker processes must start them under `if __name__ == '__main__':`.)"
            )
        if self.losses[index] >= self.attempts:
            cause = signal.Signals(-code).name if code else "its own exit"
            raise TrainingError(
                f"task {index} lost its worker process {self.losses[index]} times, the last by "
                f"{cause}: if memory ran out, use fewer workers or smaller "
                "chunks. What was finished is kept."
            )
        self.waiting.appendleft(index)
        self.hire()

    def _dismiss(self, *workers: _Worker) -> None:
        for worker in workers:
            worker.pipe.close()
        end([worker.process for worker in workers])


def _serve(pipe: "Connection[Any, Any]") -> None:
    """Do tasks, by the work that comes first, until the coordinator is gone."""
    follow_coordinator()
    # Libraries already here are limited while work is done; those that work imports, by this.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    arriving = _arriving(pipe)
    work: Any = next(arriving, None)
    for task in arriving:
        pipe.send(_attempt(work, task))


def _arriving(pipe: "Connection[Any, Any]") -> Iterator[Any]:
    while True:
        try:
            yield pipe.recv()
        except (EOFError, ConnectionError):
            return


def _attempt(work: Callable[[Any], Any], task: Any) -> Any:
    """Return the result, or the error that the coordinator is to raise."""
    try:
        return work(task)
    except TraindiffError as error:
        return error
