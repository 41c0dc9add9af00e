"""Who proposes the groups of a study, and what that takes (METHOD §8).

What a proposal rests on owes nothing to the models that are compared: inputs, a column, and
checkpoints with seeds of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from traindiff.attribution import Trak
from traindiff.attribution.cost import expected_cost
from traindiff.datasets import Splits
from traindiff.errors import InputError
from traindiff.grouping.attributions import FromAttributions
from traindiff.grouping.base import Grouping, Proposal
from traindiff.grouping.column import FromColumn
from traindiff.grouping.counts import check_count
from traindiff.grouping.inputs import FromInputs
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.report import Attribution
from traindiff.store import RunStore
from traindiff.study.evidence.attributed import (
    Attributed,
    attributed,
    fits_of,
    states_of,
    torch_part,
)
from traindiff.study.evidence.base import Cost
from traindiff.study.settings import Focus
from traindiff.study.setup import Setup
from traindiff.study.sides import Side
from traindiff.threads import available

__all__ = [
    "STAGE",
    "Attributing",
    "Looking",
    "Proposed",
    "Proposer",
    "proposer_of",
    "proposing_chunk",
]

STAGE = "propose"
CHUNK = 5
"""Checkpoints a task at most: trained at once they cost little more than one."""

METHOD = Trak()
FEWEST_ANSWERING = 4
"""Checkpoints a side from which their disagreement with each other is more than one number."""

HALF = (
    "Accuracy and disagreement are of models that saw a share of the groups: lower, and larger, "
    "than those of models that saw all training examples."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposed:
    """Groups, and what was read to make them.

    Parameters
    ----------
    proposal : Proposal
    attributions : Pair of Attribution, or None
        What each training example does to each target, to read.
    full : Pair of Outputs, or None
        What the models say that made them, which saw all training examples.
    notes : tuple of str
        What was left out.
    """

    proposal: Proposal
    attributions: Pair[Attribution] | None = None
    full: Pair[Outputs] | None = None
    notes: tuple[str, ...] = ()


class Proposer(Protocol):
    """One way to make groups within a study."""

    def outline(self, count: int) -> str:
        """Return what is done to make ``count`` groups, in one line."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return all that determines the groups, besides data and algorithms."""
        ...

    def sides(self) -> tuple[Side, ...]:
        """Return what is trained for it, A before B."""
        ...

    def cost(self, side: Side) -> Cost | None:
        """Return what reading one of its `sides` takes."""
        ...

    def propose(self, store: RunStore, progress: Progress, *, count: int, seed: int) -> Proposed:
        """Return about ``count`` groups of the training examples."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Looking:
    """Groups from the training examples alone: alike inputs, or a column.

    Parameters
    ----------
    grouping : Grouping
    splits : Splits
    kind : str
        What the groups are.
    count : int, optional
        Their number, where the examples determine it.
    """

    grouping: Grouping
    splits: Splits
    kind: str
    count: int | None = None

    @classmethod
    def at_inputs(cls, splits: Splits, why: str = "") -> "Looking":
        """Return groups of alike inputs, and why it is those."""
        because = f" ({why})" if why else ""
        return cls(grouping=FromInputs(), splits=splits, kind=f"of alike inputs{because}")

    @classmethod
    def at_column(cls, splits: Splits, column: str) -> "Looking":
        """Return groups that a column names.

        Raises
        ------
        InputError
            When there is no such column, or its values make no groups.
        """
        grouping = FromColumn(column=column)
        found = len(grouping.propose(splits.train, count=0, seed=0).groups)
        kind = f"of equal {column!r}"
        return cls(grouping=grouping, splits=splits, kind=kind, count=found)

    def outline(self, count: int) -> str:
        return f"{self.count or count} groups {self.kind}"

    def describe(self) -> dict[str, Any]:
        return self.grouping.describe()

    def sides(self) -> tuple[Side, ...]:
        return ()

    def cost(self, side: Side) -> None:
        raise AssertionError("nothing is trained to look at inputs")

    def propose(self, store: RunStore, progress: Progress, *, count: int, seed: int) -> Proposed:
        found = self.grouping.propose(self.splits.train, count=count, seed=seed)
        return Proposed(proposal=found, notes=(HALF,))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Attributing:
    """Groups of examples that do the same to the same targets, by a few checkpoints a side.

    Parameters
    ----------
    setup : Setup
    checkpoints : int
        A side; trained on all training examples, from seeds of their own.

    Raises
    ------
    InputError
        When an algorithm has no gradients to attribute by.
    """

    setup: Setup
    checkpoints: int

    def __post_init__(self) -> None:
        """Find what would fail before any work starts."""
        for letter, algorithm in self.setup.algorithms.items():
            torch_part(algorithm, letter.lower(), section="focus.groups = 'attributions'")

    def outline(self, count: int) -> str:
        return f"{self.checkpoints} checkpoints a side → {count} groups by their attributions"

    def describe(self) -> dict[str, Any]:
        made_by = {"method": METHOD.describe(), "output": self.setup.output}
        return {"kind": "attributions", "checkpoints": self.checkpoints, **made_by}

    def sides(self) -> tuple[Side, ...]:
        return tuple(self._sides())

    def _sides(self) -> Pair[Side]:
        return self.setup.on_everything(STAGE, Pair(self.checkpoints, self.checkpoints))

    def cost(self, side: Side) -> Cost:
        splits = self.setup.splits
        network = torch_part(side.algorithm, side.letter)
        cost, each = expected_cost(
            network, splits.train, splits.targets, METHOD, axis=len(splits.train)
        )
        threads = min(available(), len(side))
        return Cost(
            seconds_each=each,
            seconds=len(side) * each / threads,
            disk_bytes=len(side) * (cost.scores + cost.kept),
            memory_bytes=len(side) * cost.scores + threads * cost.working,
        )

    def propose(self, store: RunStore, progress: Progress, *, count: int, seed: int) -> Proposed:
        check_count(count, len(self.setup.splits.train))
        sides = self._sides()
        ensembles = sides.map(
            lambda side: self.setup.ensemble(
                side, store, progress, chunk=proposing_chunk(self.setup)
            )
        )
        states = ensembles.map(states_of)
        a, b = (
            self._attributed(side, each, store, progress)
            for side, each in zip(sides, states, strict=True)
        )
        found = Pair(a, b)
        answering = min(found.map(lambda each: each.outputs.n_models)) >= FEWEST_ANSWERING
        fits = Pair(*(self._fits(*each) for each in zip(sides, states, strict=True)))
        grouping = FromAttributions(scores=found.map(lambda each: each.scores), fits=fits)
        return Proposed(
            proposal=grouping.propose(self.setup.splits.train, count=count, seed=seed),
            attributions=found.map(lambda each: each.mean),
            full=found.map(lambda each: each.outputs) if answering else None,
            notes=(
                *sides.a.left_out(ensembles.a.diverged, "proposing "),
                *sides.b.left_out(ensembles.b.diverged, "proposing "),
                *(() if answering else (HALF,)),
            ),
        )

    def _attributed(
        self, side: Side, states: Sequence[Any], store: RunStore, progress: Progress
    ) -> Attributed:
        return attributed(
            side.algorithm,
            states,
            self.setup.splits,
            method=METHOD,
            output=self.setup.output,
            seed=self.setup.train.seed,
            pieces=store,
            progress=progress,
        )

    def _fits(self, side: Side, states: Sequence[Any]) -> np.ndarray:
        network = torch_part(side.algorithm, side.letter)
        return fits_of(network, states, self.setup.splits, self.setup.output)


def proposing_chunk(setup: Setup) -> int:
    """Return how many checkpoints are trained and kept at a time."""
    a, b = setup.algorithms.map(setup.chunk)
    return min(CHUNK, a, b)


def proposer_of(setup: Setup, settings: Focus) -> Proposer:
    """Return who proposes: by attributions where there can be some and nobody says otherwise.

    Raises
    ------
    InputError
        When attributions are asked for and can't be had, or there is no such column.
    """
    if settings.groups == "attributions":
        return Attributing(setup=setup, checkpoints=settings.checkpoints)
    if settings.groups == "inputs":
        return Looking.at_inputs(setup.splits)
    if settings.groups != "auto":
        return Looking.at_column(setup.splits, settings.groups)
    why = unattributable(setup)
    if why:
        return Looking.at_inputs(setup.splits, why)
    return Attributing(setup=setup, checkpoints=settings.checkpoints)


def unattributable(setup: Setup) -> str:
    """Return why the checkpoints of a study can't be attributed; empty where they can."""
    from traindiff.algorithms.torch.problem import find_device
    from traindiff.attribution.subject import Subject

    splits = setup.splits
    for letter, algorithm in setup.algorithms.items():
        try:
            network = torch_part(algorithm, letter.lower())
        except InputError:
            return f"{letter} has no gradients to attribute by"
        try:
            Subject.of(network, (splits.train, splits.targets), find_device(network.device))
        except InputError:
            return f"checkpoints of {letter} can't be attributed"
    return ""
