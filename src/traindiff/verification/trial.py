"""Where hypotheses are measured: two ensembles, inputs, thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from traindiff.verification.placebos import placebo_inputs

__all__ = ["MIN_INPUTS", "MIN_MODELS", "Trial"]

MIN_MODELS = 5
"""Verification models a side below which no interval is trusted."""
MIN_INPUTS = 10
"""Verification inputs below which no interval is trusted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """Both ensembles on the verification inputs, and how to measure on them.

    Parameters
    ----------
    probes : Pair of Probe
    data : Dataset
        The inputs that the probes were made of.
    epsilon, delta : float or None
        Thresholds in units of the output; None: those of `thresholds`.
    resamples : int
    seed : int
    advance : callable
        Called once a forward pass.
    """

    probes: Pair[Probe]
    data: Dataset
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
        limits = self._thresholds(measure)
        verdict = Verdict(
            hypothesis=hypothesis,
            state="not tested",
            reason=self._obstacle(rows, limits),
            epsilon=limits.epsilon,
            delta=limits.delta,
            n_models=self._n_models,
            n_inputs=len(rows),
        )
        if verdict.reason:
            self.advance(4 * len(strengths))
            return verdict
        case = _Case(trial=self, hypothesis=hypothesis, measure=measure, rows=rows)
        return case.fill(verdict, strengths)

    @property
    def _n_models(self) -> int:
        return min(probe.n_models for probe in self.probes)

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
        if limits.epsilon == 0:
            return "The output is the same for all inputs, so no effect can be called large."
        return ""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """One hypothesis on trial, with the inputs that it is about."""

    trial: Trial
    hypothesis: Hypothesis
    measure: Measure
    rows: np.ndarray

    def fill(self, verdict: Verdict, strengths: Sequence[float]) -> Verdict:
        """Return the verdict with every effect, interval and the p-value."""
        effects = [self._effects(strength) for strength in strengths]
        doses = tuple(map(self._dose, strengths, effects))
        own = list(strengths).index(self.hypothesis.transform.strength)
        a, b = effects[own]
        return replace(
            verdict,
            doses=doses,
            effect=doses[own].effect,
            placebo=doses[own].placebo,
            difference=two_way_difference(a, b, **self._resampling),
            p_value=two_way_p_value(a, b),
        )

    @property
    def _seed(self) -> int:
        return derive(self.trial.seed, "verify", self.hypothesis.name)

    @property
    def _resampling(self) -> dict[str, int]:
        return {"seed": self._seed, "resamples": self.trial.resamples}

    def _effects(self, strength: float) -> Pair[np.ndarray]:
        transform = self.hypothesis.transform.with_strength(strength)
        return self._on_both(transform.apply(self.trial.data.inputs[self.rows]))

    def _dose(self, strength: float, effects: Pair[np.ndarray]) -> Dose:
        transform = self.hypothesis.transform.with_strength(strength)
        placebos = placebo_inputs(transform, self.trial.data, self.rows, self._seed)
        return Dose(
            strength=strength,
            effect=effects.map(self._interval),
            placebo=self._on_both(placebos).map(self._interval),
        )

    def _interval(self, effects: np.ndarray) -> Interval:
        return two_way_interval(effects, **self._resampling)

    def _on_both(self, changed: np.ndarray) -> Pair[np.ndarray]:
        """Return the effects on A and on B of replacing the case's inputs by ``changed``."""
        return self.trial.probes.map(lambda probe: self._on_one(probe, changed))

    def _on_one(self, probe: Probe, changed: np.ndarray) -> np.ndarray:
        effects = probe.effect(changed, self.rows, self.measure)
        self.trial.advance()
        return effects
