"""Test hypotheses on fresh models and inputs: effects, intervals, verdicts (METHOD §6)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import false_discovery_control

from traindiff.algorithms import Ensemble
from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.hypotheses import Hypothesis
from traindiff.hypotheses.probe import Probe
from traindiff.pair import Pair
from traindiff.progress import Progress, Silent
from traindiff.statistics.families import checked_families
from traindiff.verification.base import Verdict
from traindiff.verification.trial import Trial
from traindiff.verification.verdicts import decide

__all__ = ["STRENGTHS", "check", "verify"]

STRENGTHS = (0.25, 0.5, 0.75, 1.0)
"""Strengths of the dose-response, beside each hypothesis's own."""


def check(hypotheses: Sequence[Hypothesis], data: Dataset) -> None:
    """Raise `InputError` if a hypothesis does not fit ``data``; call it before training.

    Parameters
    ----------
    hypotheses : sequence of Hypothesis
    data : Dataset
        Data of the study's kind.
    """
    names = [hypothesis.name for hypothesis in hypotheses]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two hypotheses are named {name!r}: give each its own name.")
    for hypothesis in hypotheses:
        hypothesis.check(data)


def verify(
    hypotheses: Sequence[Hypothesis],
    ensemble_a: Ensemble,
    ensemble_b: Ensemble,
    data: Dataset,
    *,
    groups: Sequence[object] | np.ndarray | None = None,
    epsilon: float | None = None,
    delta: float | None = None,
    strengths: Sequence[float] = STRENGTHS,
    resamples: int = 1000,
    seed: int,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """Return a verdict on every hypothesis, in order (METHOD §6).

    Parameters
    ----------
    hypotheses : sequence of Hypothesis
        Written down before; their names are unique.
    ensemble_a, ensemble_b : Ensemble
        Models of either algorithm that no earlier step used; at least 5 each.
    data : Dataset
        Inputs that no earlier step used.
    groups : sequence, length inputs, optional
        Inputs of equal value, such as near copies or one patient's, are one unit of what was
        sampled: intervals then cover other groups. By default each input is its own.
    epsilon, delta : float, optional
        Thresholds in units of the output, 0 < epsilon <= delta; default
        `traindiff.hypotheses.measures.Measure.thresholds`.
    strengths : sequence of float
        Strengths in (0, 1] of the dose-response; each hypothesis's own is added.
    resamples : int
        Bootstrap draws of each interval.
    seed : int
        Of the bootstrap and the placebos.
    progress : Progress, optional

    Returns
    -------
    tuple of Verdict
        With their transformations bound to ``data``.

    Raises
    ------
    InputError
        When a hypothesis does not fit the data (`check`), there is not one group an input, or a
        setting is out of range.
    """
    check(hypotheses, data)
    units = None if groups is None else checked_families(np.asarray(groups), len(data))
    _check_settings(epsilon, delta, strengths)
    bound = [replace(h, transform=h.transform.bind(data)) for h in hypotheses]
    doses = [sorted({*strengths, h.transform.strength}) for h in bound]
    with (progress or Silent()).stage("verify", 4 * sum(map(len, doses))) as advance:
        trial = Trial(
            probes=Pair(ensemble_a, ensemble_b).map(lambda each: Probe.of(each, data)),
            data=data,
            groups=units,
            epsilon=epsilon,
            delta=delta,
            resamples=resamples,
            seed=seed,
            advance=advance,
        )
        tested = [trial.test(h, steps) for h, steps in zip(bound, doses, strict=True)]
    return tuple(map(decide, _corrected(tested)))


def _check_settings(epsilon: float | None, delta: float | None, strengths: Sequence[float]) -> None:
    for name, value in (("epsilon", epsilon), ("delta", delta)):
        if value is not None and not 0 < value < np.inf:
            raise InputError(f"{name} must be positive, found {value}.")
    if epsilon is not None and delta is not None and epsilon > delta:
        raise InputError(
            f"epsilon must not exceed delta: an effect can't be both absent (within {epsilon}) "
            f"and present (beyond {delta})."
        )
    for strength in strengths:
        if not 0 < strength <= 1:
            raise InputError(f"strengths must lie in (0, 1], found {strength}.")


def _corrected(tested: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts with Benjamini-Hochberg q-values over all that were tested."""
    p_values = [verdict.p_value for verdict in tested if verdict.p_value is not None]
    if not p_values:
        return list(tested)
    q_values = iter(false_discovery_control(p_values))
    return [v if v.p_value is None else replace(v, q_value=float(next(q_values))) for v in tested]
