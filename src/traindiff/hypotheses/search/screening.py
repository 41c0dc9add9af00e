"""Spend few forward passes on many candidate transformations: successive halving.

All candidates are measured on a few discovery inputs, the better ones on more, the best on all
(Jamieson & Talwalkar 2016).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from traindiff.datasets import Dataset
from traindiff.hypotheses.base import Aim
from traindiff.hypotheses.measures import Measure, Thresholds
from traindiff.hypotheses.probe import Probe, thresholds
from traindiff.pair import Pair
from traindiff.seeding import stream
from traindiff.transforms import Transform
from traindiff.transforms.images import place

__all__ = ["Finding", "Screen"]

_BATCH = 4096
"""Transformed inputs in one forward pass."""
_LEAST = 2
"""Inputs below which a slice says nothing."""
_PARSIMONY = 0.15
_NEARLY = 0.7
"""A plainer way of measuring is preferred while it keeps this share of the best value."""


class MeanEffect(NamedTuple):
    """A mean effect, and its standard error were all discovery inputs of the slice measured."""

    mean: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How one candidate did, in the way of measuring that suits it best.

    Parameters
    ----------
    transform : Transform
    aim : Aim
    side : {"A", "B"}
        The algorithm moved.
    moved, still : MeanEffect
        Effect on that side and on the other, in units of the output.
    limits : Thresholds
    weight : float
        How much the finding counts: 1 on the direction's side.
    share : float
        Share of the input that the transformation may change, in (0, 1].
    """

    transform: Transform
    aim: Aim
    side: Literal["A", "B"]
    moved: MeanEffect
    still: MeanEffect
    limits: Thresholds
    weight: float
    share: float = 1.0

    @property
    def score(self) -> float:
        """|effect on the side| − |effect on the other|, in units of the output (METHOD §6)."""
        return abs(self.moved.mean) - abs(self.still.mean)

    @property
    def value(self) -> float:
        """The score in units of delta, comparable between outputs, times the weight."""
        return self.weight * self.score / self.limits.delta

    @property
    def passes(self) -> bool:
        """Whether intervals of two standard errors would confirm it."""
        lowest = abs(self.moved.mean) - 2 * self.moved.error
        highest = abs(self.still.mean) + 2 * self.still.error
        return lowest >= self.limits.delta and highest <= self.limits.epsilon

    @property
    def merit(self) -> float:
        """The value for the share of the input changed: half the pixels may cost 10% of it."""
        return float(self.value * self.share**-_PARSIMONY)

    @property
    def rank(self) -> tuple[bool, float]:
        """Sorting key: what would be confirmed comes first, then the largest merit."""
        return self.passes, self.merit


@dataclass(frozen=True, kw_only=True, eq=False)
class Screen:
    """Discovery inputs, both ensembles and the ways of measuring for one direction.

    Parameters
    ----------
    probes : Pair of Probe
    data : Dataset
        The discovery inputs that the probes were made of.
    aims : tuple of Aim
    weights : mapping of {"A", "B"} to float
        How much it counts when that side is the one moved.
    seed : int
    """

    probes: Pair[Probe]
    data: Dataset
    aims: tuple[Aim, ...]
    weights: Mapping[Literal["A", "B"], float]
    seed: int

    def halve(
        self, candidates: Sequence[Transform], rungs: Sequence[tuple[int, int]]
    ) -> list[Finding]:
        """Return the best candidates, best first, after rungs of (inputs, survivors)."""
        findings: list[Finding] = []
        for count, survivors in rungs:
            findings = self.best(candidates, count)[:survivors]
            candidates = [finding.transform for finding in findings]
        return findings

    def best(self, candidates: Sequence[Transform], count: int) -> list[Finding]:
        """Return one finding a candidate that can be measured on ``count`` inputs, best first."""
        findings = []
        rows = self._order[:count]
        step = max(1, _BATCH // len(rows))
        for start in range(0, len(candidates), step):
            findings += self._measure(candidates[start : start + step], rows)
        return sorted(findings, key=lambda finding: finding.rank, reverse=True)

    def _measure(self, candidates: Sequence[Transform], rows: np.ndarray) -> list[Finding]:
        inputs = self.data.inputs[rows]
        changed = np.concatenate([each.apply(inputs) for each in candidates])
        logits = self.probes.map(lambda probe: probe.ensemble.predict(changed))
        found: list[list[Finding]] = [[] for _ in candidates]
        for aim in self._limits:
            within = self._measures[aim].select(self.data.labels[rows])
            if len(within) < _LEAST:
                continue
            # Row r of candidate c stands at c·len(rows) + r of the concatenated inputs.
            taken = (np.arange(len(candidates))[:, None] * len(rows) + within).ravel()
            on_a, on_b = (
                self._mean_effects(probe, each[:, taken], rows[within], self._measures[aim])
                for probe, each in zip(self.probes, logits, strict=True)
            )
            for each, candidate, a, b in zip(found, candidates, on_a, on_b, strict=True):
                each += self._findings(candidate, aim, Pair(a, b))
        return [_plainest(each) for each in found if each]

    def _mean_effects(
        self, probe: Probe, logits: np.ndarray, rows: np.ndarray, measure: Measure
    ) -> list[MeanEffect]:
        """Return one estimate a candidate from the logits [models, candidates x rows, classes]."""
        candidates = logits.shape[1] // len(rows)
        effects = probe.effect_of(logits, np.tile(rows, candidates), measure)
        size = len(measure.select(self.data.labels))
        return _estimates(effects.reshape(len(effects), candidates, len(rows)), size)

    def _findings(self, candidate: Transform, aim: Aim, effects: Pair[MeanEffect]) -> list[Finding]:
        """Return one finding for each side that may be the moved one."""
        return [
            Finding(
                transform=candidate,
                aim=aim,
                side=side,
                moved=effects.a if side == "A" else effects.b,
                still=effects.b if side == "A" else effects.a,
                limits=self._limits[aim],
                weight=weight,
                share=self._share(candidate),
            )
            for side, weight in self.weights.items()
        ]

    def _share(self, candidate: Transform) -> float:
        box = place(candidate.change)
        return 1.0 if box is None else box.area / float(np.prod(self.data.inputs.shape[-2:]))

    @cached_property
    def _measures(self) -> dict[Aim, Measure]:
        return {aim: aim.bind(self.data) for aim in self.aims}

    @cached_property
    def _limits(self) -> dict[Aim, Thresholds]:
        """Thresholds of each way of measuring; without those whose output never differs."""
        limits = {aim: thresholds(self.probes, each) for aim, each in self._measures.items()}
        return {aim: limit for aim, limit in limits.items() if limit.delta > 0}

    @cached_property
    def _order(self) -> np.ndarray:
        """All inputs at random, the classes aimed at and the rest taking turns."""
        shuffled = stream(self.seed, "discovery inputs").permutation(len(self.data))
        found = {measure.class_index for measure in self._measures.values()}
        classes = sorted(index for index in found if index is not None)
        labels = self.data.labels[shuffled]
        groups = [shuffled[labels == c] for c in classes]
        groups.append(shuffled[~np.isin(labels, classes)])
        turns = np.concatenate([np.arange(len(group)) for group in groups])
        return np.asarray(np.concatenate(groups)[np.argsort(turns, kind="stable")])


def _estimates(effects: np.ndarray, size: int) -> list[MeanEffect]:
    """Return each candidate's mean of [models, candidates, inputs], its error for ``size`` inputs.

    The error leaves out the cells' own noise, which METHOD §6's interval has: a shortcut that
    screening can afford.
    """
    by_model = effects.mean(axis=2).var(axis=0, ddof=1) / len(effects) if len(effects) > 1 else 0.0
    errors = np.sqrt(by_model + effects.mean(axis=0).var(axis=1, ddof=1) / size)
    return [MeanEffect(*pair) for pair in zip(effects.mean(axis=(0, 2)), errors, strict=True)]


def _plainest(findings: Sequence[Finding]) -> Finding:
    """Return the first in order (plain ways of measuring come first) that is nearly the best."""
    best = max(findings, key=lambda finding: finding.rank)
    near = (f for f in findings if f.passes == best.passes and f.value >= _NEARLY * best.value)
    return next(near, best)
