"""From checkpoints to scores: every checkpoint once, kept as soon as it is done."""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from traindiff.algorithms.torch.weights import content_hash
from traindiff.attribution.base import Kept, Method, Task, finite
from traindiff.attribution.checkpoints import (
    Checkpoint,
    called,
    loaded,
    read_checkpoint,
)
from traindiff.attribution.network import Output
from traindiff.attribution.subject import Subject
from traindiff.datasets.groups import Groups
from traindiff.errors import StoreError
from traindiff.identity import fingerprint
from traindiff.progress import Advance
from traindiff.store import Misfit, Pieces, shapes_misfit

__all__ = ["Scoring"]

FORMAT = 1  # raised when the same settings would give other scores than before
PROBED = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class _Done:
    """One checkpoint's scores, and what of it is to be kept under which address."""

    scores: np.ndarray
    new: Mapping[tuple[str, str], Kept]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scoring:
    """How the checkpoints of one subject are scored.

    Parameters
    ----------
    subject : Subject
    method : Method
    output : (str, callable)
        What is explained of a target, and its name.
    groups : Groups or None
    device : torch.device
    seed : int
        Of random projections.
    pieces : Pieces
        Where finished checkpoints are kept.
    advance : callable
        Told how many examples are done.
    """

    subject: Subject
    method: Method
    output: tuple[str, Output]
    groups: Groups | None
    device: torch.device
    seed: int
    pieces: Pieces
    advance: Advance

    @property
    def axis(self) -> int:
        """Length of the train axis."""
        return len(self.subject.train) if self.groups is None else len(self.groups)

    def run(self, checkpoints: Sequence[Checkpoint], threads: int = 1) -> np.ndarray:
        """Return the scores of every checkpoint, ``threads`` of them at a time.

        Returns
        -------
        float32 array, shape [checkpoints, targets, train axis]
        """
        scores = np.empty((len(checkpoints), len(self.subject.targets), self.axis), np.float32)
        # Each checkpoint takes one thread: sums split over threads would round differently. Only
        # this thread writes.
        with ThreadPoolExecutor(min(threads, len(checkpoints))) as pool:
            for index, done in enumerate(pool.map(self._one, range(len(checkpoints)), checkpoints)):
                for address, arrays in done.new.items():
                    self.pieces.save_arrays(*address, arrays)
                scores[index] = done.scores
        return scores

    @cached_property
    def _identity(self) -> dict[str, object]:
        subject = self.subject
        return {
            "architecture": repr(subject.module),
            "trained": [name for name, p in subject.module.named_parameters() if p.requires_grad],
            "regression": subject.regression,
            "label_scale": list(subject.label_scale),
            "train": subject.train.fingerprint,
            "groups": None if self.groups is None else self.groups.fingerprint,
        }

    def _one(self, index: int, checkpoint: Checkpoint) -> _Done:
        """Score one checkpoint, or load its scores."""
        where = called(checkpoint, index)
        task = self._task(read_checkpoint(checkpoint, where), where)
        known = {**self._identity, "checkpoint": task.name, "probe": _probe(task)}
        known |= {"method": self.method.describe(), "seed": self.seed, "format": FORMAT}
        explained = {**known, "targets": self.subject.targets.fingerprint, "output": self.output[0]}
        kept_at, scores_at = (
            (f"attribution/{what}", fingerprint(about))
            for what, about in (("train", known), ("scores", explained))
        )
        shape = (len(task.targets), task.axis)
        found = self._load(
            scores_at, lambda arrays: shapes_misfit(arrays, {"scores": (shape, "f")})
        )
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

    def _load(self, address: tuple[str, str], misfit: Misfit | None = None) -> Kept | None:
        try:
            return self.pieces.load_arrays(*address, misfit=misfit)
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


def _probe(task: Task) -> str:
    """Return the identity of what a checkpoint says: code that changes its outputs changes it."""
    _, inputs, _ = next(task.train.blocks(PROBED, task.network.device))
    logits = task.network.logits(inputs).cpu().numpy()
    return hashlib.blake2b(logits.tobytes(), digest_size=16).hexdigest()
