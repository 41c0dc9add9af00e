"""The evidence of models that each saw half of a few proposed groups (METHOD §8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from traindiff.comparison import Comparison, compare
from traindiff.comparison.control import control_p_value
from traindiff.datamodels.curve import learning_curve
from traindiff.datasets.groups import Groups
from traindiff.grouping.base import Proposal
from traindiff.grouping.counts import check_subsets, group_count
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.report import Findings
from traindiff.report.focusing import Focusing, Step
from traindiff.store import RunStore
from traindiff.study.evidence.base import COMPARE, Cost, Pending
from traindiff.study.evidence.focus.proposals import end, ended, keep, kept
from traindiff.study.evidence.focus.proposers import STAGE, Proposed, Proposer, proposing_chunk
from traindiff.study.evidence.focus.reading import named_groups, over_examples, over_groups, surely
from traindiff.study.evidence.focus.zoom import parts_of, within
from traindiff.study.evidence.trained import kept_by_both, notes_of, outputs_work, train_side
from traindiff.study.ledger import Ledger, Spending
from traindiff.study.settings import CompareSettings, Focus, TrainSettings
from traindiff.study.setup import Setup
from traindiff.study.sides import Side, on_subsets
from traindiff.training.work import ModelsWork, cut

__all__ = ["Focused"]

DECIDE, ZOOM = "decide", "zoom"
GROUPS = "groups"
DECIDING_CHUNK = 40
ENOUGH = 32
"""Models a side by which the number of groups is chosen: the same however many there are, so that
more can be added to those that are there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Round:
    """One decision, its p-value as if it were the only look, and what its models said.

    That is of masks over examples (``outputs``) and over groups.
    """

    step: Step
    p_value: float
    outputs: Pair[Outputs]
    grouped: Pair[Outputs]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Focused:
    """Outputs of models on halves of groups (`traindiff.study.evidence.base.Source`).

    Parameters
    ----------
    setup : Setup
    settings : Focus
    compare : CompareSettings
    proposer : Proposer

    Raises
    ------
    InputError
        When there are too few training examples for two groups.
    """

    setup: Setup
    settings: Focus
    compare: CompareSettings
    proposer: Proposer

    def __post_init__(self) -> None:
        """Find what would fail before any work starts."""
        assert self.count >= 0

    @cached_property
    def count(self) -> int:
        """How many groups are asked for."""
        return self.settings.count or group_count(ENOUGH, len(self.setup.splits.train))

    @property
    def share(self) -> float:
        return self.setup.train.fraction

    @property
    def may_change(self) -> tuple[str, ...]:
        return COMPARE

    @property
    def outline(self) -> str:
        zoom = f", and zoom {self.settings.zoom} times" if self.settings.zoom else ""
        return f"{self.proposer.outline(self.count)} → {self.settings.models} models a side{zoom}"

    def describe(self) -> dict[str, Any]:
        train = {**self.setup.describe()["train"], "chunk": self._chunks}
        train.pop("models")
        return {
            "train": train,
            "focus": self.settings.model_dump(mode="json"),
            "compare": self.compare.model_dump(mode="json"),
        }

    def contents(self) -> dict[str, Any]:
        return {"groups": self.proposer.describe()}

    def sides(self, store: RunStore | None = None) -> tuple[Side, ...]:
        return (*self.proposer.sides(), *self._decisions(store))

    def _decisions(self, store: RunStore | None) -> Iterator[Side]:
        yield from self._deciding(known(store, self._determined), DECIDE)
        for level in range(1, self.settings.zoom + 1):
            determined = self._zoomed(level)
            if ended(store, GROUPS, determined):
                return
            yield from self._deciding(known(store, determined), f"{ZOOM}-{level}")

    def pending(self, side: Side) -> Pending:
        setup = self.setup
        if side.stage == STAGE:
            work = ModelsWork(algorithm=side.algorithm, train=setup.splits.train)
            chunks = cut(side.masks, side.seeds, proposing_chunk(setup))
            return Pending(side=side, work=work, chunks=chunks)
        chunks = cut(side.masks, side.seeds, self._chunks)
        return Pending(side=side, work=outputs_work(setup, side), chunks=chunks)

    def cost(self, side: Side) -> Cost | None:
        return self.proposer.cost(side) if side.stage == STAGE else None

    def spending(self, store: RunStore | None) -> Spending:
        return self._look(Ledger.read(store))

    def find(self, store: RunStore, progress: Progress) -> Findings:
        proposed = self._proposed(store, progress)
        ledger = Ledger.read(store)
        look = self._look(ledger)
        rounds = list(self._rounds(proposed.proposal, look, store, progress))
        looks = look.taken(rounds[0].p_value)
        found = self._findings(proposed, rounds, progress)
        ledger.keep(store, self._decided_by, looks[len(look.before)], level=look.level)
        return replace(found, looks=looks)

    def _look(self, ledger: Ledger) -> Spending:
        return ledger.spending(self._decided_by, self.settings.models, self.compare)

    @property
    def _decided_by(self) -> dict[str, Any]:
        """All that determines the p-value of the first decision."""
        settings = {"models": self.settings.models, "compare": self.compare.arguments}
        return {**self._determined, **settings}

    def _rounds(
        self, proposal: Proposal, look: Spending, store: RunStore, progress: Progress
    ) -> Iterator[Round]:
        last = self._round(DECIDE, proposal, look, store, progress)
        yield last
        for level in range(1, self.settings.zoom + 1):
            parts = self._parts(last.step, level, store)
            if parts is None:
                return
            found = self._round(f"{ZOOM}-{level}", parts, look, store, progress)
            last = replace(found, step=within(found.step, last.step))
            yield last

    def _findings(
        self, proposed: Proposed, rounds: Sequence[Round], progress: Progress
    ) -> Findings:
        steps = tuple(each.step for each in rounds)
        last = max(index for index, step in enumerate(steps) if index == 0 or step.named)
        shown, seed = rounds[last], self.setup.train.seed
        comparison = over_examples(shown.step.comparison, shown.step.proposal)
        return Findings(
            comparison=surely(comparison, [step.comparison for step in steps[: last + 1]]),
            outputs=shown.outputs,
            full=proposed.full,
            datamodels=proposed.attributions,
            curves=shown.grouped.map(lambda side: learning_curve(side, "difference", seed=seed)),
            control_p_value=self._control(shown.grouped.a, progress),
            notes=(*proposed.notes, *(note for each in rounds for note in each.notes)),
            focusing=Focusing(outline=self.outline, steps=steps, shown=last),
        )

    def _round(
        self, stage: str, proposal: Proposal, look: Spending, store: RunStore, progress: Progress
    ) -> Round:
        """Train a stage's models on halves of groups, and compare them."""
        sides = self._deciding(proposal.groups, stage)
        trained = sides.map(
            lambda side: train_side(self.setup, side, store, progress, chunk=self._chunks)
        )
        outputs = kept_by_both(trained, paired=self.setup.train.paired)
        grouped = outputs.map(lambda each: replace(each, masks=over_groups(each.masks, proposal)))
        found = self._compared(grouped, look, progress)
        assert found.test is not None
        # The first decision alone is of the question that other looks have asked, too.
        priced = look.over_all(found) if stage == DECIDE else look.priced(found)
        return Round(
            step=Step(proposal=proposal, comparison=priced, named=named_groups(priced)),
            p_value=found.test.p_value,
            outputs=outputs,
            grouped=grouped,
            notes=notes_of(sides, trained),
        )

    def _parts(self, step: Step, level: int, store: RunStore) -> Proposal | None:
        """Return the groups with the named ones divided, kept; None where that is at its end."""
        found = parts_of(step, self.setup.splits.train, self.setup.train.seed)
        name, determined = GROUPS, self._zoomed(level)
        if found is None:
            end(store, name, determined)
        else:
            keep(store, name, determined, found)
        return found

    def _zoomed(self, level: int) -> dict[str, Any]:
        """All that determines the parts at one level."""
        return {
            **self._determined,
            "zoom": level,
            "train": self.describe()["train"],
            "models": self.settings.models,
            "compare": self.compare.model_dump(mode="json"),
        }

    @property
    def _chunks(self) -> int:
        """Models a task: few, so that every worker has some and more models leave those there."""
        a, b = self.setup.algorithms.map(self.setup.chunk)
        return min(DECIDING_CHUNK, a, b)

    @property
    def _determined(self) -> dict[str, Any]:
        """All that determines the groups."""
        described = self.setup.describe()
        known = {name: described[name] for name in ("data", "a", "b")}
        seed = self.setup.train.seed
        return {**known, "seed": seed, "count": self.count, "groups": self.proposer.describe()}

    def _proposed(self, store: RunStore, progress: Progress) -> Proposed:
        seed = self.setup.train.seed
        found = self.proposer.propose(store, progress, count=self.count, seed=seed)
        earlier = kept(store, GROUPS, self._determined)
        if earlier is not None:  # rather than groups that another machine's rounding may move
            found = replace(found, proposal=earlier)
        check_subsets(len(found.proposal.groups), self.settings.models)
        if earlier is None:
            keep(store, GROUPS, self._determined, found.proposal)
        return found

    def _deciding(self, groups: Groups | None, stage: str) -> Pair[Side]:
        """Return the models on halves of groups; of any, where they are not known yet."""
        n_train = len(self.setup.splits.train)
        members = np.arange(n_train) % self.count if groups is None else groups.members
        train = self.setup.train.model_copy(update={"models": self.settings.models})
        return on_groups(self.setup, train, members, stage=stage)

    def _compared(self, outputs: Pair[Outputs], look: Spending, progress: Progress) -> Comparison:
        permutations = look.permutations(self.compare.permutations)
        return compare(
            outputs.a,
            outputs.b,
            **{**self.compare.arguments, "permutations": permutations},
            estimator="auto",
            seed=self.setup.train.seed,
            progress=progress,
        )

    def _control(self, outputs: Outputs, progress: Progress) -> float | None:
        settings = {**self.compare.arguments}
        settings.pop("directions")
        return control_p_value(outputs, **settings, seed=self.setup.train.seed, progress=progress)


def known(store: RunStore | None, determined: Mapping[str, Any]) -> Groups | None:
    """Return the groups that an earlier run has kept; None where there are none yet."""
    found = kept(store, GROUPS, determined)
    return None if found is None else found.groups


def on_groups(setup: Setup, train: TrainSettings, members: np.ndarray, *, stage: str) -> Pair[Side]:
    """Return both sides' models on random shares of groups, as masks over their members."""
    groups = int(members.max()) + 1
    sides = on_subsets(setup.algorithms, train, n_train=groups, stage=stage)
    return sides.map(lambda side: replace(side, masks=np.asarray(side.masks[:, members])))
