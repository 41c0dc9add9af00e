"""Train chunks on a Dask cluster: any that Dask runs on (SSH, SLURM, Kubernetes, ...).

Workers need traindiff installed, and the user's own modules. Dask does a lost worker's tasks again;
only the coordinator writes.
"""

import logging
import os
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from traindiff.errors import InputError, TrainingError

try:
    import dask.config
    from distributed import Client, KilledWorker, LocalCluster, as_completed
    from distributed.comm import CommClosedError
except ModuleNotFoundError:
    INSTALLED = False
else:
    INSTALLED = True

__all__ = ["Dask"]

Task = TypeVar("Task")
Result = TypeVar("Result")

# Training owns its process: torch's default generator and thread count are global to it.
_training = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Dask:
    """Tasks on the workers of a Dask scheduler.

    Parameters
    ----------
    address : str, optional
        Of the scheduler, such as "tcp://10.0.0.1:8786"; by default a cluster of processes is
        started on this machine for as long as the work takes.
    workers : int, optional
        Of that cluster; by default one for each core.
    timeout : float
        Seconds to wait for the scheduler and its first worker.

    Raises
    ------
    InputError
        When the extra ``dask`` is not installed.
    """

    address: str | None = None
    workers: int | None = None
    timeout: float = 30.0

    def __post_init__(self) -> None:
        """Refuse to do without distributed."""
        if not INSTALLED:
            raise InputError("the Dask engine needs distributed: pip install 'traindiff[dask]'.")

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[tuple[int, Result], None, None]:
        """Yield each task's index and result, in the order in which they finish.

        Raises
        ------
        InputError
            When there is no scheduler at the address, or it has no worker.
        TrainingError
            When a task keeps killing workers, or the scheduler is lost.
        """
        if not tasks:
            return
        with ExitStack() as stack:
            client = self._client(stack)
            try:
                yield from _run(client, work, tasks)
            except KilledWorker as error:
                raise TrainingError(
                    f"a task keeps killing its Dask worker ({error}): if memory ran out, give "
                    "workers more of it, or use smaller chunks. What was finished is kept."
                ) from error
            except (CancelledError, CommClosedError) as error:
                raise TrainingError(
                    "the Dask scheduler was lost: start it and run again. What was finished is "
                    "kept."
                ) from error

    def capacity(self) -> int:
        """Return the number of worker processes; each trains one chunk at a time.

        Raises
        ------
        InputError
            When there is no scheduler at the address, or it has no worker.
        """
        if self.address is None:
            return self.workers or os.cpu_count() or 1
        with ExitStack() as stack:
            return len(self._client(stack).scheduler_info()["workers"])

    def _client(self, stack: ExitStack) -> "Client":
        try:
            address = self.address or stack.enter_context(self._cluster())
            client = stack.enter_context(Client(address, timeout=self.timeout))
            client.wait_for_workers(1, timeout=self.timeout)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"no Dask scheduler with a worker answers at {self.address!r} within "
                f"{self.timeout:g} s ({error}): check the address, start `dask worker`."
            ) from error
        return client

    def _cluster(self) -> Any:
        # Workers that may start processes of their own, such as a data loader's.
        with dask.config.set({"distributed.worker.daemon": False}):
            return LocalCluster(
                n_workers=self.capacity(),
                threads_per_worker=1,
                processes=True,
                dashboard_address=":0",
                silence_logs=logging.CRITICAL,
            )


def _run(
    client: "Client", work: Callable[[Any], Any], tasks: Sequence[Any]
) -> Iterator[tuple[int, Any]]:
    # A task that returns the work, rather than scattered data: the scheduler can make it again
    # when every worker that held it is lost.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph", category=UserWarning)
        held = client.submit(_hold, work, pure=False)
    futures = {
        client.submit(_apply, held, task, pure=False): index for index, task in enumerate(tasks)
    }
    for future, result in as_completed(list(futures), with_results=True):
        if future.cancelled():  # as all are when the scheduler is lost: the "result" says why
            raise result
        yield futures.pop(future), result


def _hold(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return work


def _apply(work: Callable[[Any], Any], task: Any) -> Any:
    with _training:
        return work(task)
