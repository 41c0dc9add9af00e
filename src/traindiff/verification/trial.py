"""Where hypotheses are measured: two ensembles, inputs, thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from traindiff.datasets import Dataset
from traindiff.hypotheses import Hypothesis
from traindiff.hypotheses.measures import Measure, Thresholds
from traindiff.hypotheses.probe import Probe, thresholds
from traindiff.pair import Pair
from traindiff.progress import Advance
from traindiff.seeding import derive
from traindiff.statistics.bootstrap import (
    Interval,
    two_way_difference,
    two_way_interval,
    two_way_p_value,
)
from traindiff.verification.base import Dose, Verdict
from traindiff.verification.limits import limits_of
from traindiff.verification.placebos import placebo_contents, placebo_inputs

__all__ = ["MIN_GROUPS", "MIN_INPUTS", "MIN_MODELS", "Trial"]

MIN_MODELS = 5
"""Verification models a side below which no interval is trusted."""
MIN_INPUTS = 10
"""Verification inputs below which no interval is trusted."""
MIN_GROUPS = 5
"""Groups of inputs below which no interval is trusted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """Both ensembles on the verification inputs, and how to measure on them.

    Parameters
    ----------
    probes : Pair of Probe
    data : Dataset
        The inputs that the probes were made of.
    groups : array, shape [inputs], or None
        Equal values are one unit of what was sampled.
    epsilon, delta : float or None
        Thresholds in units of the output; None: those of `thresholds`.
    resamples : int
    seed : int
    advance : callable
        Called once a forward pass.
    """

    probes: Pair[Probe]
    data: Dataset
    groups: np.ndarray | None
    epsilon: float | None
    delta: float | None
    resamples: int
    seed: int
    advance: Advance

    def test(self, hypothesis: Hypothesis, strengths: Sequence[float]) -> Verdict:
        """Return everything measured about a hypothesis; its state is still "not tested".

        The reason says why nothing could be measured, and is empty where it was.
        """
        measure = hypothesis.aim.bind(self.data)
        rows = measure.select(self.data.labels)
        limits, units = self._thresholds(measure), self._units(rows)
        verdict = Verdict(
            hypothesis=hypothesis,
            state="not tested",
            reason=self._obstacle(rows, limits),
            epsilon=limits.epsilon,
            delta=limits.delta,
            n_models=self._n_models,
            n_inputs=len(rows),
            n_groups=None if self.groups is None else units,
        )
        if verdict.reason:
            self.advance(4 * len(strengths))
            return verdict
        case = _Case(trial=self, hypothesis=hypothesis, measure=measure, rows=rows)
        counted = measure.counts is not None
        unseen = limits_of(self.probes, epsilon=limits.epsilon, counted=counted, units=units)
        return case.fill(replace(verdict, limits=unseen), strengths)

    @property
    def _n_models(self) -> int:
        return min(probe.n_models for probe in self.probes)

    def _units(self, rows: np.ndarray) -> int:
        return len(rows) if self.groups is None else len(np.unique(self.groups[rows]))

    def _thresholds(self, measure: Measure) -> Thresholds:
        usual = thresholds(self.probes, measure)
        epsilon, delta = self.epsilon, self.delta
        if epsilon is None:
            epsilon = usual.epsilon if delta is None else min(usual.epsilon, delta)
        return Thresholds(epsilon, max(usual.delta, epsilon) if delta is None else delta)

    def _obstacle(self, rows: np.ndarray, limits: Thresholds) -> str:
        if self._n_models < MIN_MODELS:
            return (
                f"Needs at least {MIN_MODELS} verification models a side, found {self._n_models}."
            )
        if len(rows) < MIN_INPUTS:
            return (
                f"Needs at least {MIN_INPUTS} verification inputs of the kind it is about, "
                f"found {len(rows)}."
            )
        if self.groups is not None and self._units(rows) < MIN_GROUPS:
            return (
                f"Needs verification inputs of at least {MIN_GROUPS} groups, "
                f"found {self._units(rows)}."
            )
        if limits.epsilon == 0:
            return "The output is the same for all inputs, so no effect can be called large."
        return ""


class _Step(NamedTuple):
    """Effects [models, rows] of the transformation and of its placebos, at one strength."""

    effect: Pair[np.ndarray]
    placebo: Pair[np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """One hypothesis on trial, with the inputs that it is about."""

    trial: Trial
    hypothesis: Hypothesis
    measure: Measure
    rows: np.ndarray

    def fill(self, verdict: Verdict, strengths: Sequence[float]) -> Verdict:
        """Return the verdict with every effect, interval and the p-value."""
        steps = [self._step(strength) for strength in strengths]
        doses = tuple(map(self._dose, strengths, steps))
        own = list(strengths).index(self.hypothesis.transform.strength)
        effect, placebo = steps[own]
        beyond = Pair(effect.a - placebo.a, effect.b - placebo.b)
        return replace(
            verdict,
            doses=doses,
            effect=doses[own].effect,
            placebo=doses[own].placebo,
            excess=beyond.map(
                lambda side: two_way_interval(side, **self._resampling(self._contents))
            ),
            difference=two_way_difference(
                *effect, counts=self.measure.counts, **self._resampling(self._families)
            ),
            p_value=two_way_p_value(*effect, families=self._families),
        )

    @property
    def _seed(self) -> int:
        return derive(self.trial.seed, "verify", self.hypothesis.name)

    @property
    def _families(self) -> np.ndarray | None:
        return None if self.trial.groups is None else self.trial.groups[self.rows]

    @property
    def _contents(self) -> np.ndarray:
        """The units of what a placebo does: its contents, or groups where these are fewer."""
        contents, families = placebo_contents(len(self.rows)), self._families
        fewer = families is not None and len(np.unique(families)) < len(np.unique(contents))
        return families if families is not None and fewer else contents

    def _resampling(self, families: np.ndarray | None) -> dict[str, Any]:
        return {"families": families, "seed": self._seed, "resamples": self.trial.resamples}

    def _step(self, strength: float) -> _Step:
        transform = self.hypothesis.transform.with_strength(strength)
        changed = transform.apply(self.trial.data.inputs[self.rows])
        placebos = placebo_inputs(transform, self.trial.data, self.rows, self._seed)
        return _Step(self._on_both(changed), self._on_both(placebos))

    def _dose(self, strength: float, step: _Step) -> Dose:
        return Dose(
            strength=strength,
            effect=step.effect.map(lambda side: self._interval(side, self._families)),
            placebo=step.placebo.map(lambda side: self._interval(side, self._contents)),
        )

    def _interval(self, effects: np.ndarray, families: np.ndarray | None) -> Interval:
        return two_way_interval(effects, counts=self.measure.counts, **self._resampling(families))

    def _on_both(self, changed: np.ndarray) -> Pair[np.ndarray]:
        """Return the effects on A and on B of replacing the case's inputs by ``changed``."""
        return self.trial.probes.map(lambda probe: self._on_one(probe, changed))

    def _on_one(self, probe: Probe, changed: np.ndarray) -> np.ndarray:
        effects = probe.effect(changed, self.rows, self.measure)
        self.trial.advance()
        return effects
