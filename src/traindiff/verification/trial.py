"""Where hypotheses are measured: two ensembles, inputs, thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from traindiff.datasets import Dataset
from traindiff.hypotheses import Hypothesis, measures
from traindiff.hypotheses.measures import Thresholds
from traindiff.hypotheses.probe import Probe
from traindiff.progress import Advance
from traindiff.seeding import derive
from traindiff.statistics.bootstrap import (
    Interval,
    two_way_difference,
    two_way_interval,
    two_way_p_value,
)
from traindiff.verification.base import Dose, Effect, Verdict
from traindiff.verification.effects import placebo_inputs

__all__ = ["MIN_INPUTS", "MIN_MODELS", "Bench"]

MIN_MODELS = 5
"""Verification models a side below which no interval is trusted."""
MIN_INPUTS = 10
"""Verification inputs below which no interval is trusted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Bench:
    """Both ensembles on the verification inputs, and how to measure on them.

    Parameters
    ----------
    a, b : Probe
    data : Dataset
        The inputs that the probes were made of.
    epsilon, delta : float or None
        Thresholds in units of the output; None: the defaults of `measures.thresholds`.
    resamples : int
    seed : int
    advance : callable
        Called once a forward pass.
    """

    a: Probe
    b: Probe
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
        about = measures.class_index(hypothesis, self.data)
        rows = measures.select(self.data.labels, hypothesis.inputs, about)
        limits = self._thresholds(hypothesis.output, about)
        verdict = Verdict(
            hypothesis=hypothesis,
            state="not tested",
            reason=self._obstacle(rows, limits),
            epsilon=limits.epsilon,
            delta=limits.delta,
            n_models=min(self.a.n_models, self.b.n_models),
            n_inputs=len(rows),
        )
        if verdict.reason:
            self.advance(4 * len(strengths))
            return verdict
        return _Trial(bench=self, hypothesis=hypothesis, rows=rows, about=about).fill(
            verdict, strengths
        )

    def _thresholds(self, output: str, about: int | None) -> Thresholds:
        usual = measures.thresholds(
            output, self.a.baseline(output, about), self.b.baseline(output, about)
        )
        epsilon, delta = self.epsilon, self.delta
        if epsilon is None:
            epsilon = usual.epsilon if delta is None else min(usual.epsilon, delta)
        return Thresholds(epsilon, max(usual.delta, epsilon) if delta is None else delta)

    def _obstacle(self, rows: np.ndarray, limits: Thresholds) -> str:
        models = min(self.a.n_models, self.b.n_models)
        if models < MIN_MODELS:
            return f"Needs at least {MIN_MODELS} verification models a side, found {models}."
        if len(rows) < MIN_INPUTS:
            return (
                f"Needs at least {MIN_INPUTS} verification inputs of the kind it is about, "
                f"found {len(rows)}."
            )
        if limits.epsilon == 0:
            return "The output is the same for all inputs, so no effect can be called large."
        return ""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Trial:
    """One hypothesis on the bench, with the inputs and the class that it is about."""

    bench: Bench
    hypothesis: Hypothesis
    rows: np.ndarray
    about: int | None

    def fill(self, verdict: Verdict, strengths: Sequence[float]) -> Verdict:
        """Return the verdict with every effect, interval and the p-value."""
        effects = [self._effects(strength) for strength in strengths]
        doses = tuple(map(self._dose, strengths, effects))
        own = list(strengths).index(self.hypothesis.transform.strength)
        a, b = effects[own]
        return replace(
            verdict,
            doses=doses,
            a=doses[own].a,
            b=doses[own].b,
            placebo_a=doses[own].placebo_a,
            placebo_b=doses[own].placebo_b,
            difference=_as_effect(two_way_difference(a, b, **self._resampling)),
            p_value=two_way_p_value(a, b),
        )

    @property
    def _seed(self) -> int:
        return derive(self.bench.seed, "verify", self.hypothesis.name)

    @property
    def _resampling(self) -> dict[str, int]:
        return {"seed": self._seed, "resamples": self.bench.resamples}

    def _effects(self, strength: float) -> tuple[np.ndarray, np.ndarray]:
        transform = self.hypothesis.transform.with_strength(strength)
        return self._pair(transform.apply(self.bench.data.inputs[self.rows]))

    def _dose(self, strength: float, effects: tuple[np.ndarray, np.ndarray]) -> Dose:
        transform = self.hypothesis.transform.with_strength(strength)
        placebos = self._pair(placebo_inputs(transform, self.bench.data, self.rows, self._seed))
        intervals = [two_way_interval(each, **self._resampling) for each in effects + placebos]
        a, b, placebo_a, placebo_b = map(_as_effect, intervals)
        return Dose(strength=strength, a=a, b=b, placebo_a=placebo_a, placebo_b=placebo_b)

    def _pair(self, changed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the effects on A and on B of replacing the trial's inputs by ``changed``."""
        output = self.hypothesis.output
        effects = []
        for probe in (self.bench.a, self.bench.b):
            effects.append(probe.effect(changed, self.rows, output, self.about))
            self.bench.advance()
        return effects[0], effects[1]


def _as_effect(interval: Interval) -> Effect:
    return Effect(mean=interval.mean, low=interval.low, high=interval.high)
