"""The evidence of a study with a section [attribute]: attributions of a few checkpoints a side."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from traindiff.algorithms.grouped import Grouped
from traindiff.algorithms.torch.weights import content_hash
from traindiff.attribution.attribute import METHODS
from traindiff.attribution.base import Method
from traindiff.attribution.checkpoints import Checkpoint, read_checkpoint
from traindiff.attribution.cost import expected_cost
from traindiff.comparison import Comparison, compare_checkpoints
from traindiff.errors import InputError, one_of
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.report import Findings
from traindiff.store import RunStore
from traindiff.study.evidence.attributed import Attributed, attributed, states_of, torch_part
from traindiff.study.evidence.base import COMPARE, Cost, Pending
from traindiff.study.settings import AttributeSettings, CompareSettings
from traindiff.study.setup import Setup
from traindiff.study.sides import Side
from traindiff.study.validation import construct
from traindiff.threads import available
from traindiff.training.work import ModelsWork, cut

__all__ = ["Checkpoints"]

ONE_BY_ONE = 1
"""Checkpoints a task: more can be asked for later, and those that are there stay."""

FEWEST_FILES = 3
FEWEST_FOR_CONTROL = 8  # checkpoints, so that halves of them could reach p <= 0.05


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Checkpoints:
    """Attributions of checkpoints (`traindiff.study.evidence.base.Source`).

    Checkpoints see all training examples, and share no seed: their noise is what is measured.

    Parameters
    ----------
    setup : Setup
    settings : AttributeSettings
    compare : CompareSettings

    Raises
    ------
    InputError
        When there is no such method or file, or an algorithm has no gradients.
    """

    setup: Setup
    settings: AttributeSettings
    compare: CompareSettings

    def __post_init__(self) -> None:
        """Find what would fail before any work starts."""
        self._method()
        for letter, algorithm in self.setup.algorithms.items():
            torch_part(algorithm, letter.lower())
            self._files(letter.lower())

    @property
    def share(self) -> float:
        return 1.0

    @property
    def outline(self) -> str:
        a, b = self._sides().map(len)
        return f"{a} checkpoints of A and {b} of B, attributed"

    @property
    def may_change(self) -> tuple[str, ...]:
        return ("attribute.checkpoints", *COMPARE)

    def describe(self) -> dict[str, Any]:
        return {
            "attribute": self.settings.model_dump(mode="json"),
            "compare": self.compare.model_dump(mode="json"),
        }

    def contents(self) -> dict[str, Any]:
        files = {f"files_{letter}": self._files(letter) for letter in "ab"}
        return {key: _contents(paths) for key, paths in files.items() if paths}

    def sides(self, store: RunStore | None = None) -> tuple[Side, ...]:
        return tuple(self._sides())

    def pending(self, side: Side) -> Pending:
        given = self._files(side.letter)
        work = ModelsWork(algorithm=side.algorithm, train=self.setup.splits.train)
        chunks = [] if given else cut(side.masks, side.seeds, ONE_BY_ONE)
        return Pending(side=side, work=work, chunks=chunks)

    def cost(self, side: Side) -> Cost:
        splits, algorithm = self.setup.splits, side.algorithm
        train = algorithm.examples if isinstance(algorithm, Grouped) else splits.train
        cost, each = expected_cost(
            torch_part(algorithm, side.letter),
            train,
            splits.targets,
            self._method(),
            axis=len(splits.train),
        )
        threads = min(available(), len(side))
        return Cost(
            seconds_each=each,
            seconds=len(side) * each / threads,
            disk_bytes=len(side) * (cost.scores + cost.kept),
            memory_bytes=len(side) * cost.scores + threads * cost.working,
        )

    def spending(self, store: RunStore | None) -> None:
        return None

    def find(self, store: RunStore, progress: Progress) -> Findings:
        found = self._sides().map(lambda side: self._attributed(side, store, progress))
        a, b = found.map(lambda each: each.scores)
        control = None
        if len(a) >= FEWEST_FOR_CONTROL:
            control = self._compared(a[::2], a[1::2], progress, directions=1).p_value
        return Findings(
            comparison=self._compared(a, b, progress),
            outputs=found.map(lambda each: each.outputs),
            datamodels=found.map(lambda each: each.mean),
            control_p_value=control,
            notes=(*found.a.notes, *found.b.notes),
        )

    def _sides(self) -> Pair[Side]:
        counts = Pair("a", "b").map(
            lambda letter: len(self._files(letter)) or self.settings.checkpoints
        )
        return self.setup.on_everything("checkpoints", counts)

    def _method(self) -> Method:
        name = one_of("method", self.settings.method, METHODS, "the methods of [attribute] are")
        return construct(METHODS[name], self.settings.arguments, "attribute")

    def _files(self, letter: str) -> list[Path]:
        """Return the checkpoint files that a person gave for one side; none where it is trained."""
        pattern = {"a": self.settings.files_a, "b": self.settings.files_b}[letter]
        return [] if pattern is None else _matching(pattern, f"attribute.files_{letter}")

    def _attributed(self, side: Side, store: RunStore, progress: Progress) -> Attributed:
        checkpoints: Sequence[Checkpoint] = self._files(side.letter)
        notes: tuple[str, ...] = ()
        if not checkpoints:
            ensemble = self.setup.ensemble(side, store, progress, chunk=ONE_BY_ONE)
            checkpoints, notes = states_of(ensemble), side.left_out(ensemble.diverged)
        found = attributed(
            side.algorithm,
            checkpoints,
            self.setup.splits,
            method=self._method(),
            output=self.setup.output,
            seed=self.setup.train.seed,
            pieces=store,
            progress=progress,
        )
        return replace(found, notes=notes)

    def _compared(
        self, a: np.ndarray, b: np.ndarray, progress: Progress, **changes: int
    ) -> Comparison:
        settings = {**self.compare.arguments, **changes}
        return compare_checkpoints(a, b, **settings, seed=self.setup.train.seed, progress=progress)


def _matching(pattern: str, where: str) -> list[Path]:
    """Return the files that match ``pattern``, sorted.

    Raises
    ------
    InputError
        When they are fewer than 3.
    """
    paths = [Path(path) for path in sorted(glob.glob(pattern))]
    if len(paths) < FEWEST_FILES:
        raise InputError(
            f"{where}: at least {FEWEST_FILES} checkpoint files are needed, {len(paths)} match "
            f"{pattern!r}."
        )
    return paths


def _contents(paths: Sequence[Path]) -> list[str]:
    """Return the identity of each file's state dict.

    Raises
    ------
    InputError
        When one can't be read.
    """
    return [content_hash(read_checkpoint(path, str(path))) for path in paths]
