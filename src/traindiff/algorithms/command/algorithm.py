"""Your own training script as a learning algorithm: for pipelines that can't be imported.

A model's directory holds, before the script is called with the directory's path:

- ``task.json``: "seed" (int), "n_outputs" (classes, or 1), and the absolute paths of the rest:
- "subset": subset.npy, int64 indices of the training examples the model may see;
- "train_inputs", "train_labels": every training example, as in `Dataset.inputs` and
  `Dataset.labels`; a script that reads its own data needs only the indices;
- "inputs": inputs.npy, the examples to say something about;
- "outputs": outputs.npy, which the script is to write: floats [examples, n_outputs], logits or
  (of a regression) values.

The directory is kept while the model may be asked again about other inputs, so a script may leave
its trained weights there and skip the training next time. A script ends with the process that calls
it, whatever ends that.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from traindiff.algorithms.checks import check_masks, model_label
from traindiff.algorithms.command import supervise
from traindiff.datasets import Dataset
from traindiff.errors import InputError, TrainingError, positive, whole
from traindiff.foreign import read_array
from traindiff.progress import Advance

__all__ = ["THREADS", "CommandAlgorithm", "CommandEnsemble"]

LAST_LINES = 15
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Environment variables that tell libraries how many threads to start."""


@dataclass(frozen=True, kw_only=True)
class CommandAlgorithm:
    """Train and ask each model by one call of a command.

    Parameters
    ----------
    name : str
    command : tuple of str
        Program and arguments; the directory's path is put where an argument is "{directory}", or
        at the end. "python" stands for the Python that runs traindiff. Nothing is passed through
        a shell.
    timeout : float
        Seconds one call may take.
    retries : int
        How often a failed call is tried again.
    version : str
        Change it when something changes that the command's own files do not show.

    Raises
    ------
    InputError
        When the command is empty or a number is impossible.
    """

    name: str
    command: tuple[str, ...]
    timeout: float = 3600.0
    retries: int = 1
    version: str = ""

    def __post_init__(self) -> None:
        """Refuse impossible settings."""
        if isinstance(self.command, str) or not self.command:
            raise InputError(
                f"{self.name}: command must be a list such as ['python', 'train.py'], "
                f"found {self.command!r}."
            )
        positive(f"{self.name}: timeout", self.timeout)
        whole(f"{self.name}: retries", self.retries, 0)
        object.__setattr__(self, "command", tuple(self.command))

    @property
    def chunk(self) -> int:
        """One model a task: a script may take hours."""
        return 1

    def describe(self) -> dict[str, Any]:
        """Return the command, and the content of every file it names."""
        files = [Path(part) for part in self.command if Path(part).is_file()]
        return {
            "kind": "command",
            "command": list(self.command),
            "files": {
                str(path): hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
                for path in files
            },
            "version": self.version,
        }

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if the data can't be handed over; only the script knows the rest."""
        if data.inputs.dtype.hasobject:
            raise InputError(f"{self.name}: inputs of type {data.inputs.dtype} can't be saved.")

    def train(
        self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Advance
    ) -> "CommandEnsemble":
        """Prepare one directory per row of ``masks``; the script runs when a model is asked.

        Raises
        ------
        InputError
            When masks and seeds do not fit ``data``.
        TrainingError
            When the temporary directory can't be written.
        """
        check_masks(data, masks, seeds)
        self.check(data)
        with _explained(self.name, tempfile.gettempdir()):
            root = Path(tempfile.mkdtemp(prefix="traindiff-"))
            ensemble = CommandEnsemble(
                algorithm=self, root=root, seeds=tuple(seeds), n_outputs=data.n_outputs
            )
            weakref.finalize(ensemble, shutil.rmtree, root, ignore_errors=True)
            _prepare(root, data, masks, seeds)
        advance(len(seeds))
        return ensemble

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> "CommandEnsemble":
        """Refuse: a script's models have no arrays to be restored from (`Ensemble.arrays`)."""
        raise InputError(f"{self.name}: a script's models are trained again, never restored.")


@dataclass(frozen=True, kw_only=True, eq=False)
class CommandEnsemble:
    """Models of one `CommandAlgorithm`.

    Parameters
    ----------
    algorithm : CommandAlgorithm
    root : Path
        Holds every model's directory; removed with this object.
    seeds : tuple of int
    n_outputs : int
    failed : list of int
        The model of each call that failed, in the order in which they did.
    """

    algorithm: CommandAlgorithm
    root: Path
    seeds: tuple[int, ...]
    n_outputs: int
    failed: list[int] = field(default_factory=list)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Call the script for every model, one after another (see `Ensemble.predict`).

        A model whose outputs stay NaN or infinite has diverged: its row says so.

        Raises
        ------
        TrainingError
            When the script keeps failing; names the model and quotes the script's last lines.
        """
        return np.stack([self._ask(index, inputs) for index in range(len(self.seeds))])

    def arrays(self) -> None:
        """Return None: only training again restores these models."""

    def failures(self) -> np.ndarray:
        """Return how many calls failed, for each model."""
        return np.bincount(self.failed, minlength=len(self.seeds))

    def _ask(self, index: int, inputs: np.ndarray) -> np.ndarray:
        place = _directory(self.root, index)
        with _explained(self.algorithm.name, place):
            np.save(place / "inputs.npy", inputs, allow_pickle=False)
        for attempt in range(self.algorithm.retries + 1):
            (place / "outputs.npy").unlink(missing_ok=True)
            failure = _run(self.algorithm, place)
            outputs, complaint = _read(place / "outputs.npy", (len(inputs), self.n_outputs))
            failure = failure or complaint
            if failure is None and (
                np.isfinite(outputs).all() or attempt == self.algorithm.retries
            ):
                return outputs
            self.failed.append(index)
        raise TrainingError(
            f"{model_label(self.algorithm.name, index, self.seeds)}: the command failed "
            f"{self.algorithm.retries + 1} times: {failure}. Its last lines:\n{_tail(place)}"
        )


def _directory(root: Path, index: int) -> Path:
    return root / f"model-{index:04d}"


def _prepare(root: Path, data: Dataset, masks: np.ndarray, seeds: Sequence[int]) -> None:
    np.save(root / "train_inputs.npy", data.inputs, allow_pickle=False)
    np.save(root / "train_labels.npy", data.labels, allow_pickle=False)
    for index, (mask, seed) in enumerate(zip(masks, seeds, strict=True)):
        _prepare_one(root, index, np.flatnonzero(mask), int(seed), data.n_outputs)


def _prepare_one(root: Path, index: int, subset: np.ndarray, seed: int, n_outputs: int) -> None:
    place = _directory(root, index)
    place.mkdir()
    np.save(place / "subset.npy", subset, allow_pickle=False)
    own = {name: str(place / f"{name}.npy") for name in ("subset", "inputs", "outputs")}
    shared = {name: str(root / f"{name}.npy") for name in ("train_inputs", "train_labels")}
    task = {"seed": seed, "n_outputs": n_outputs, **own, **shared}
    (place / "task.json").write_text(json.dumps(task, indent=1))


def _run(algorithm: CommandAlgorithm, place: Path) -> str | None:
    """Call the command once; return what went wrong, if anything did."""
    command = [part.replace("{directory}", str(place)) for part in algorithm.command]
    if command == list(algorithm.command):
        command.append(str(place))
    if command[0] == "python":
        command[0] = sys.executable
    supervised = [sys.executable, "-I", "-S", supervise.__file__, *command]
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    with (
        (place / "log.txt").open("wb") as log,
        subprocess.Popen(  # noqa: S603  the user's own command, without a shell
            supervised,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        ) as process,
    ):
        try:
            code = process.wait(algorithm.timeout)
        except subprocess.TimeoutExpired:
            return f"it took longer than {algorithm.timeout:g} s"
        finally:
            _end(process)
    if code == supervise.NOT_STARTED:
        return "it can't be started"
    return None if code == 0 else f"it ended with exit code {code}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the command with all that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def _explained(name: str, place: str | Path) -> Iterator[None]:
    """Turn a refusal to write where scripts are handed their data into advice.

    Raises
    ------
    TrainingError
        In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise TrainingError(
            f"{name}: what the command needs can't be written to {place} ({error.strerror}): make "
            "room there, or set TMPDIR to a directory that has some. What was finished is kept."
        ) from error


def _read(path: Path, shape: tuple[int, int]) -> tuple[np.ndarray, str | None]:
    """Return the script's outputs, or nothing and what is wrong with them."""
    nothing = np.zeros(0, dtype=np.float32)
    if not path.exists():
        return nothing, "it wrote no outputs.npy"
    try:
        outputs = np.asarray(read_array(path))
    except InputError as error:
        return nothing, f"its outputs.npy can't be read ({error.__cause__})"
    if outputs.shape == shape[:1] and shape[1] == 1:
        outputs = outputs[:, None]
    if outputs.shape != shape or outputs.dtype.kind not in "fiu":
        return nothing, (
            f"its outputs.npy must be numbers of shape {shape} [examples, outputs], found "
            f"{outputs.dtype} of shape {outputs.shape}"
        )
    return outputs.astype(np.float32), None


def _tail(place: Path) -> str:
    lines = (place / "log.txt").read_text(errors="replace").splitlines()
    return "\n".join(lines[-LAST_LINES:]) or "(it printed nothing)"
