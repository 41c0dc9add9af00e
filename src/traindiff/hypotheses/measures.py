"""What a counterfactual effect is measured on: an output ψ, a slice of the inputs, thresholds.

The ways of measuring that a hypothesis can name:

- ``margin`` on ``all``: the correct-class log-odds of every input. Falls when the transformation
  destroys what the algorithm relies on, whatever the class.
- ``margin`` on ``class``: the same on inputs of one class: is *that* class recognised by it?
- ``probability`` of a class on ``not-class``: does the transformation pull inputs of other classes
  into it (the paper's "Pr[landbird] rises by ...")? ``log-odds`` of a class asks the same on a
  scale without floor and ceiling.
- ``rate`` of a class: the share of inputs predicted as it. ``prediction``: a regression's value.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.hypotheses.base import Hypothesis, Slice
from traindiff.outputs import OUTPUT_FUNCTIONS
from traindiff.transforms.parameters import nearest

__all__ = ["OUTPUTS", "Thresholds", "check", "class_index", "measure", "select", "thresholds"]

Output = Callable[[np.ndarray, np.ndarray, int | None], np.ndarray]


def _probability(logits: np.ndarray, labels: np.ndarray, class_index: int | None) -> np.ndarray:
    assert class_index is not None
    return np.asarray(softmax(logits.astype(np.float64), axis=-1)[..., class_index])


def _log_odds(logits: np.ndarray, labels: np.ndarray, class_index: int | None) -> np.ndarray:
    return OUTPUT_FUNCTIONS["margin"](logits, np.full(len(labels), class_index))


def _rate(logits: np.ndarray, labels: np.ndarray, class_index: int | None) -> np.ndarray:
    return np.asarray(logits.argmax(axis=-1) == class_index, dtype=np.float64)


def _of_label(name: str) -> Output:
    return lambda logits, labels, class_index: OUTPUT_FUNCTIONS[name](logits, labels)


OUTPUTS: dict[str, Output] = {
    "probability": _probability,
    "log-odds": _log_odds,
    "rate": _rate,
    **{name: _of_label(name) for name in OUTPUT_FUNCTIONS},
}
"""Every output by name; each gives [models, inputs] from logits, labels and the class measured."""

_OF_A_CLASS = ("probability", "log-odds", "rate")
_SHARES = ("probability", "rate")
_OF_REGRESSION = ("prediction", "negative-error")

SHARE_DELTA, SHARE_EPSILON = 0.05, 0.02
"""Default thresholds of probabilities and rates: 5 points matter, 2 points don't."""
SPREAD_DELTA, SPREAD_EPSILON = 0.25, 0.1
"""Default thresholds of other outputs, in units of their spread over inputs."""
_ROUNDING = 1e-6


class Thresholds(NamedTuple):
    """When an effect is absent (within ±epsilon) or present (beyond ±delta), in output units."""

    epsilon: float
    delta: float


def measure(
    output: str, logits: np.ndarray, labels: np.ndarray, class_index: int | None
) -> np.ndarray:
    """Return the output of every model on every input, shape [models, inputs], float64.

    Parameters
    ----------
    output : str
        A key of `OUTPUTS`.
    logits : array, shape [models, inputs, classes]
    labels : array, shape [inputs]
    class_index : int or None
        The class measured, for outputs that are about one.
    """
    return np.asarray(OUTPUTS[output](logits, labels, class_index), dtype=np.float64)


def select(labels: np.ndarray, inputs: Slice, class_index: int | None) -> np.ndarray:
    """Return the indices of the inputs in a slice: all, of the class, or not of the class."""
    if inputs == "all":
        return np.arange(len(labels))
    return np.flatnonzero((labels == class_index) == (inputs == "class"))


def thresholds(output: str, baseline_a: np.ndarray, baseline_b: np.ndarray) -> Thresholds:
    """Return the default (ε, δ) of METHOD §6, in units of the output.

    A probability has a scale that people share: 0.05 matters, 0.02 does not. Margins and
    regression outputs have none (a confident recipe has large margins), so theirs follow from how
    much the output differs from input to input: δ is a quarter of that spread, Cohen's "small"
    effect, and ε a tenth of it.

    Parameters
    ----------
    output : str
    baseline_a, baseline_b : array, shape [models, inputs]
        The output on untransformed inputs; the two spreads are pooled.

    Returns
    -------
    Thresholds
        Both 0 where the output is the same for all inputs (to float32's rounding).
    """
    if output in _SHARES:
        return Thresholds(SHARE_EPSILON, SHARE_DELTA)
    variances = [values.mean(axis=0).var() for values in (baseline_a, baseline_b)]
    spread = float(np.sqrt(np.mean(variances)))
    if spread <= _ROUNDING * max(np.abs(baseline_a).max(), np.abs(baseline_b).max()):
        return Thresholds(0.0, 0.0)
    return Thresholds(SPREAD_EPSILON * spread, SPREAD_DELTA * spread)


def class_index(hypothesis: Hypothesis, data: Dataset) -> int | None:
    """Return the index of the hypothesis's class in ``data``; None where it names no class."""
    if hypothesis.class_name is None or data.class_names is None:
        return None
    return data.class_names.index(hypothesis.class_name)


def check(hypothesis: Hypothesis, data: Dataset) -> None:
    """Raise `InputError` if a hypothesis can't be tested on data of this kind."""
    where = f"hypothesis {hypothesis.name!r}"
    if hypothesis.output not in OUTPUTS:
        raise InputError(f"{where}: unknown output; {nearest(hypothesis.output, OUTPUTS)}")
    regression = data.class_names is None
    if regression != (hypothesis.output in _OF_REGRESSION):
        fit = _OF_REGRESSION if regression else set(OUTPUTS) - set(_OF_REGRESSION)
        raise InputError(
            f"{where}: output {hypothesis.output!r} does not fit {data.name}; "
            f"expected one of {', '.join(sorted(fit))}."
        )
    needs_class = hypothesis.output in _OF_A_CLASS or hypothesis.inputs != "all"
    if needs_class and hypothesis.class_name is None:
        raise InputError(f"{where}: name the class that it is about (class = ...).")
    if hypothesis.class_name is not None and hypothesis.class_name not in (data.class_names or ()):
        known = nearest(hypothesis.class_name, data.class_names or ())
        raise InputError(f"{where}: {data.name} has no such class; {known}")
    hypothesis.transform.check(data)
