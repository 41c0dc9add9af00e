"""From checkpoints to scores: every checkpoint once, kept as soon as it is done."""

import copy
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from traindiff.algorithms.torch.problem import find_device
from traindiff.algorithms.torch.stack import one_thread
from traindiff.attribution.base import Kept, Method, Task, finite
from traindiff.attribution.checkpoints import (
    Checkpoint,
    called,
    content_hash,
    loaded,
    read_checkpoint,
)
from traindiff.attribution.costs import cost_of
from traindiff.attribution.methods.ekfac import Ekfac
from traindiff.attribution.methods.gradients import GradCos, GradDot
from traindiff.attribution.methods.last_layer import LastLayer
from traindiff.attribution.methods.trak import Trak
from traindiff.attribution.network import Output
from traindiff.attribution.subject import Data, Model, Subject
from traindiff.datasets.groups import Groups
from traindiff.errors import InputError, StoreError, unknown
from traindiff.identity import fingerprint
from traindiff.progress import Advance, Progress, Silent
from traindiff.store import MemoryStore, Pieces, RunStore
from traindiff.threads import available

__all__ = ["METHODS", "attribute", "find_method"]

METHODS: dict[str, Callable[..., Method]] = {
    "ekfac": Ekfac,
    "grad-cos": GradCos,
    "grad-dot": GradDot,
    "last-layer": LastLayer,
    "trak": Trak,
}

FORMAT = 1  # raised when the same settings would give other scores than before
PROBED = 8
WORKING_BYTES = 2**31  # of the checkpoints worked on at a time
STORE = {"what": "attributions"}


def attribute(
    model: Model,
    checkpoints: Sequence[Checkpoint],
    data: Data,
    *,
    method: str | Method = "trak",
    output: str | None = None,
    groups: Groups | None = None,
    device: str = "auto",
    seed: int = 0,
    store: str | Path | Pieces | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """Return how each training example moves each target's output, by each checkpoint.

    Parameters
    ----------
    model : nn.Module or TorchAlgorithm
        The architecture of the checkpoints: a module that maps [examples, ...] to logits
        [examples, classes], or to one value a regression. Its own weights are not used; parameters
        that require no gradient are taken as given. An algorithm also says how inputs are prepared.
    checkpoints : sequence of path or mapping
        State dicts of models trained alike, from different seeds: safetensors files, files that
        ``torch.load(..., weights_only=True)`` reads, or mappings of name to tensor.
    data : Splits, or pair (train, targets)
        Of Datasets, or of pairs (inputs, labels) of arrays; float labels mean a regression.
    method : {"trak", "last-layer", "grad-dot", "grad-cos", "ekfac"} or Method
        A name stands for the method with its default settings; "ekfac" needs the extra ``ekfac``.
    output : str, optional
        What is explained of a target: "margin" or "negative-cross-entropy" of a classifier,
        "prediction" or "negative-error" of a regression; the first by default.
    groups : Groups, optional
        Scores are summed over each group of training examples.
    device : str
        "auto", "cpu", "cuda" or "mps".
    seed : int
        Of random projections.
    store : path or Pieces, optional
        Where finished checkpoints are kept: a directory, or an open store. What is kept is
        addressed by the content of checkpoint, data and settings: a stale score can't be read.
    progress : Progress, optional

    Returns
    -------
    float32 array, shape [checkpoints, targets, train] (or groups)
        Positive where seeing the training example raises the output of the target. Each checkpoint
        has its own scale. A checkpoint's scores depend on its content, not on the other checkpoints
        or its place among them.

    Raises
    ------
    InputError
        When the model does not take the data or the checkpoints, or a checkpoint diverged.
    StoreError
        When the disk refuses; checkpoints finished before are kept.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> inputs, model = rng.normal(size=(12, 3)).astype("float32"), torch.nn.Linear(3, 2)
    >>> labels = (inputs[:, 0] > 0).astype(int)
    >>> scores = attribute(
    ...     model,
    ...     [model.state_dict()],
    ...     ((inputs[:8], labels[:8]), (inputs[8:], labels[8:])),
    ... )
    >>> scores.shape
    (1, 4, 8)
    """
    if len(checkpoints) == 0:
        raise InputError("checkpoints is empty: give at least one state dict.")
    where = find_device(device)
    subject = Subject.of(model, data, where)
    if groups is not None:
        groups.check(len(subject.train))
    meter = progress or Silent()
    units = len(checkpoints) * (len(subject.train) + len(subject.targets))
    with _opened(store) as pieces, meter.stage("attributing", units) as advance, one_thread():
        work = _Work(
            subject=subject,
            method=find_method(method),
            output=subject.output(output),
            groups=groups,
            device=where,
            seed=seed,
            pieces=pieces,
            advance=_one_at_a_time(advance),
            identity=_identity(subject, groups),
        )
        return work.run(checkpoints)


def find_method(method: str | Method) -> Method:
    """Return the method of that name, or the one given.

    Raises
    ------
    InputError
        When there is none.
    """
    if not isinstance(method, str):
        return method
    if method not in METHODS:
        raise InputError(unknown("method", method, METHODS, "the methods are"))
    return METHODS[method]()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Done:
    """One checkpoint's scores, and what of it is to be kept under which address."""

    scores: np.ndarray
    new: Mapping[tuple[str, str], Kept]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Work:
    subject: Subject
    method: Method
    output: tuple[str, Output]
    groups: Groups | None
    device: torch.device
    seed: int
    pieces: Pieces
    advance: Advance
    identity: Mapping[str, object]

    @property
    def axis(self) -> int:
        return len(self.subject.train) if self.groups is None else len(self.groups)

    def run(self, checkpoints: Sequence[Checkpoint]) -> np.ndarray:
        """Score every checkpoint; only this thread writes."""
        scores = np.empty((len(checkpoints), len(self.subject.targets), self.axis), np.float32)
        # Each checkpoint takes one thread: sums split over threads would round differently.
        with ThreadPoolExecutor(min(self._threads(), len(checkpoints))) as pool:
            for index, done in enumerate(pool.map(self.one, range(len(checkpoints)), checkpoints)):
                for address, arrays in done.new.items():
                    self.pieces.save_arrays(*address, arrays)
                scores[index] = done.scores
        return scores

    def _threads(self) -> int:
        """Return how many checkpoints to work on at a time."""
        if self.device.type != "cpu":
            return 1
        working = cost_of(self.method, self.subject, self.axis).working
        return max(1, min(available(), WORKING_BYTES // working))

    def one(self, index: int, checkpoint: Checkpoint) -> _Done:
        """Score one checkpoint, or load its scores."""
        where = called(checkpoint, index)
        task = self._task(read_checkpoint(checkpoint, where), where)
        known = {**self.identity, "checkpoint": task.name, "probe": _probe(task)}
        known |= {"method": self.method.describe(), "seed": self.seed, "format": FORMAT}
        explained = {**known, "targets": self.subject.targets.fingerprint, "output": self.output[0]}
        kept_at, scores_at = (
            (f"attribution/{what}", fingerprint(about))
            for what, about in (("train", known), ("scores", explained))
        )
        found = self._load(scores_at)
        if found is not None:
            self.advance(len(task.train) + len(task.targets))
            return _Done(scores=found["scores"], new={})
        return self._compute(task, kept_at, scores_at)

    def _compute(self, task: Task, kept_at: tuple[str, str], scores_at: tuple[str, str]) -> _Done:
        kept = self._load(kept_at)
        new: dict[tuple[str, str], Kept] = {}
        if kept is None:
            new[kept_at] = kept = self.method.keep(task)
        else:
            self.advance(len(task.train))
        scores = np.empty((len(task.targets), task.axis), np.float32)
        for rows, block in self.method.score(task, kept):
            scores[rows] = finite(block, task, "scores").cpu().numpy()
        new[scores_at] = {"scores": scores}
        return _Done(scores=scores, new=new)

    def _load(self, address: tuple[str, str]) -> Kept | None:
        try:
            return self.pieces.load_arrays(*address)
        except StoreError:
            return None  # damaged: computed anew, and written over

    def _task(self, state: Mapping[str, Tensor], where: str) -> Task:
        network = self.subject.network(loaded(copy.deepcopy(self.subject.module), state, where))
        _, inputs, labels = next(self.subject.train.blocks(1, self.device))
        members = np.arange(self.axis) if self.groups is None else self.groups.members
        return Task(
            name=content_hash(state),
            where=where,
            network=replace(network, vectorised=network.vectorises(inputs, labels)),
            train=self.subject.train,
            targets=self.subject.targets,
            members=torch.from_numpy(members).to(self.device),
            axis=self.axis,
            output=self.output[1],
            seed=self.seed,
            advance=self.advance,
        )


def _identity(subject: Subject, groups: Groups | None) -> dict[str, object]:
    return {
        "architecture": repr(subject.module),
        "trained": [name for name, p in subject.module.named_parameters() if p.requires_grad],
        "regression": subject.regression,
        "label_scale": list(subject.label_scale),
        "train": subject.train.fingerprint,
        "groups": None if groups is None else groups.fingerprint,
    }


def _probe(task: Task) -> str:
    """Return the identity of what a checkpoint says: code that changes its outputs changes it."""
    _, inputs, _ = next(task.train.blocks(PROBED, task.network.device))
    logits = task.network.logits(inputs).cpu().numpy()
    return hashlib.blake2b(logits.tobytes(), digest_size=16).hexdigest()


@contextmanager
def _opened(store: str | Path | Pieces | None) -> Iterator[Pieces]:
    if store is None:
        yield MemoryStore()
    elif isinstance(store, str | Path):
        with RunStore.open(store, STORE) as pieces:
            yield pieces
    else:
        yield store


def _one_at_a_time(advance: Advance) -> Advance:
    lock = threading.Lock()

    def locked(amount: int = 1) -> None:
        with lock:
            advance(amount)

    return locked
