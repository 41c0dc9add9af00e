"""What a study's evidence has to provide, whatever its kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from traindiff.progress import Progress
from traindiff.report import Findings
from traindiff.store import RunStore
from traindiff.study.ledger import Spending
from traindiff.study.settings import CompareSettings, Focus
from traindiff.study.sides import Side
from traindiff.training.chunks import Work, missing
from traindiff.training.work import Chunk

__all__ = ["COMPARE", "FOCUS", "Cost", "Pending", "Source"]

COMPARE = tuple(f"compare.{name}" for name in CompareSettings.model_fields)
"""Settings of every comparison, by dotted keys: none changes what is trained."""

FOCUS = tuple(f"focus.{name}" for name in Focus.model_fields)
"""Settings of proposed groups, by dotted keys: what is trained is addressed by who is in them."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Pending:
    """The training that one side takes.

    Parameters
    ----------
    side : Side
    work : Work
        What is done with a chunk.
    chunks : sequence of Chunk
        None where the models are given, as files.
    """

    side: Side
    work: Work
    chunks: Sequence[Chunk]

    def left(self, store: RunStore | None) -> int:
        """Return how many models are still to be trained; all, where there is no store yet."""
        chunks = self.chunks
        if store is not None:
            chunks = missing(self.work, chunks, store, self.side.pieces)
        return sum(map(len, chunks))


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What reading one side's models takes, beside training them.

    Parameters
    ----------
    seconds_each : float
        Of one model, on one core.
    seconds : float
        Of all, on the cores there are.
    disk_bytes, memory_bytes : int
        Of what is read out of all of them.
    """

    seconds_each: float
    seconds: float
    disk_bytes: int
    memory_bytes: int


class Source(Protocol):
    """One kind of evidence: what it trains, and what it finds in that.

    It checks what it can when it is made, before any work starts.
    """

    @property
    def share(self) -> float:
        """Share of the training examples that a model of the comparison sees."""
        ...

    @property
    def outline(self) -> str:
        """What it does, in one line."""
        ...

    @property
    def may_change(self) -> tuple[str, ...]:
        """Its settings, by dotted keys, that leave what an earlier run has trained usable."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return its resolved settings, by section of the study file."""
        ...

    def contents(self) -> dict[str, Any]:
        """Return the identity of what it reads besides the data; empty where that is nothing."""
        ...

    def sides(self, store: RunStore | None = None) -> tuple[Side, ...]:
        """Return what is trained, stage by stage, A before B.

        Where a stage's masks follow from what an earlier one finds, ``store`` tells them; without
        that they are of the right size only, enough for a plan.
        """
        ...

    def pending(self, side: Side) -> Pending:
        """Return the training that one of its `sides` takes."""
        ...

    def cost(self, side: Side) -> Cost | None:
        """Return what reading one of its `sides` takes, or None where that does not count."""
        ...

    def spending(self, store: RunStore | None) -> Spending | None:
        """Return what this look at the run may spend, or None where looks are not counted."""
        ...

    def find(self, store: RunStore, progress: Progress) -> Findings:
        """Train what is missing, compare, and return what the models say."""
        ...
