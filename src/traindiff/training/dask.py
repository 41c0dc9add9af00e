"""Train chunks on a Dask cluster: any that Dask runs on (SSH, SLURM, Kubernetes, ...).

The scheduler and its workers need traindiff installed, and the user's own modules. Dask does a lost
worker's tasks again; only the coordinator writes.
"""

import logging
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol, TypeVar, runtime_checkable

from traindiff.errors import InputError, TrainingError, positive

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

PATIENCE = 300.0  # seconds
LOOK = 5.0  # seconds between two questions to the scheduler, and for one answer
POLL = 0.05  # seconds
CLOSING = 5.0  # seconds
LIBRARIES = (
    "catboost",
    "lightgbm",
    "numpy",
    "scikit-learn",
    "scipy",
    "torch",
    "traindiff",
    "xgboost",
    "xgboost-cpu",
)

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
    patience : float
        Seconds to wait, once work has begun, while the scheduler does not answer or no worker is
        left. However long a task takes, its worker's being there is enough.

    Raises
    ------
    InputError
        When the extra ``dask`` is not installed, or the patience is not positive.
    """

    address: str | None = None
    workers: int | None = None
    timeout: float = 30.0
    patience: float = PATIENCE

    def __post_init__(self) -> None:
        """Refuse to do without distributed."""
        positive("patience", self.patience)
        if not INSTALLED:
            raise InputError("the Dask engine needs distributed: pip install 'traindiff[dask]'.")

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[tuple[int, Result], None, None]:
        """Yield each task's index and result, in the order in which they finish.

        Raises
        ------
        InputError
            When there is no scheduler at the address, it has no worker, or a worker has other
            versions of the libraries on which models depend, or of the person's own code.
        TrainingError
            When a task keeps killing workers, the scheduler is lost, or for as long as there is
            `patience` it does not answer or has no worker.
        """
        if not tasks:
            return
        with ExitStack() as stack:
            client = self._client(stack)
            try:
                yield from _run(client, work, tasks, _Vigil(client=client, patience=self.patience))
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
            client = Client(address, timeout=self.timeout)
            stack.callback(_close, client)
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


@dataclass(kw_only=True)
class _Vigil:
    """Watches over a scheduler that may fall silent while its connection stays open.

    A stopped, swapped or overloaded scheduler's machine goes on acknowledging what it is sent, so
    that no time limit of the connection ever strikes: only a question with a limit tells.
    """

    client: "Client"
    patience: float
    asked: float = field(default_factory=time.monotonic)
    wrong_since: float | None = None

    def look(self) -> None:
        """Ask the scheduler for its workers, if it is time.

        Raises
        ------
        TrainingError
            When it has not answered, or had no worker, for longer than there is patience.
        """
        before = time.monotonic()
        if before - self.asked < min(LOOK, self.patience / 4):
            return
        wrong = self._wrong(min(LOOK, self.patience / 2))
        self.asked = time.monotonic()
        self.wrong_since = None if wrong is None else self.wrong_since or before
        if self.wrong_since is not None and self.asked - self.wrong_since > self.patience:
            raise TrainingError(
                f"{wrong} (waited {self.patience:g} s; --patience sets how long): what was "
                "finished is kept, run again when it is well."
            )

    def _wrong(self, limit: float) -> str | None:
        try:
            found = self.client.sync(self._identity, callback_timeout=limit)
        except (TimeoutError, OSError):
            return "the Dask scheduler does not answer: it is stopped, or its machine overloaded"
        return None if found["workers"] else "no Dask worker is left: start `dask worker`"

    async def _identity(self) -> Any:
        return await self.client.scheduler.identity()


def _close(client: "Client") -> None:
    with suppress(TimeoutError):  # of a scheduler that does not answer: the process ends without it
        client.close(timeout=CLOSING)


def _run(
    client: "Client", work: Callable[[Any], Any], tasks: Sequence[Any], vigil: _Vigil
) -> Iterator[tuple[int, Any]]:
    # A task that returns the work, rather than scattered data: the scheduler can make it again
    # when every worker that held it is lost.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph", category=UserWarning)
        held = client.submit(_hold, work, pure=False)
    _await(held, vigil)
    own = codes(_described(work))
    futures = {
        client.submit(_apply, held, task, versions(), own, pure=False): index
        for index, task in enumerate(tasks)
    }
    done = as_completed(list(futures), with_results=True)
    while not done.is_empty():
        if not done.has_ready():
            vigil.look()
            time.sleep(POLL)
            continue
        future, result = next(done)
        if future.cancelled():  # as all are when the scheduler is lost: the "result" says why
            raise result
        yield futures.pop(future), result


def _await(held: Any, vigil: _Vigil) -> None:
    """Wait until a worker holds the work: of tasks that rest on it Dask would only say "lost".

    Raises
    ------
    InputError
        When it can't be read there.
    """
    while not held.done():
        vigil.look()
        time.sleep(POLL)
    if held.status == "finished":
        return
    try:
        held.result(timeout=CLOSING)
    except (RuntimeError, ImportError, AttributeError) as error:
        raise InputError(
            f"the Dask scheduler or its workers can't read the study ({error.__cause__ or error}): "
            "install traindiff and your own modules there too, in the same versions."
        ) from error


def _hold(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return work


def versions() -> dict[str, str]:
    """Return the version of each library here on which trained models depend."""
    return {name: version(name) for name in LIBRARIES if _installed(name)}


def codes(described: Any) -> dict[str, str]:
    """Return the hash of each file of a person's own code within a description, by what it holds.

    Work is pickled by name: a worker imports its own file of that name, whatever is in it.
    """
    if isinstance(described, list | tuple):
        return {name: code for each in described for name, code in codes(each).items()}
    if not isinstance(described, Mapping):
        return {}
    found = codes(list(described.values()))
    if code := described.get("code"):
        named = [described[key] for key in ("name", "function", "class") if key in described]
        found[f"the code of {named[0] if named else 'the study'}"] = str(code)
    return found


@runtime_checkable
class _Describes(Protocol):
    def describe(self) -> dict[str, Any]: ...


def _described(work: object) -> dict[str, Any]:
    return work.describe() if isinstance(work, _Describes) else {}


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _apply(
    work: Callable[[Any], Any], task: Any, libraries: dict[str, str], own: dict[str, str]
) -> Any:
    # With each task, not once at the start: workers may join at any time. Code without a file here
    # came along with the work.
    found = {**versions(), **own, **codes(_described(work))}
    wanted = {**libraries, **own}
    differing = [
        f"{name} {found.get(name, 'missing')}, not {wanted[name]}"
        for name in wanted
        if found.get(name) != wanted[name]
    ]
    if differing:
        raise InputError(
            f"the Dask worker on {socket.gethostname()} has {'; '.join(differing)}: its models "
            "would be others. Give every worker the same versions, of your own files too, and "
            "start it again."
        )
    with _training:
        return work(task)
