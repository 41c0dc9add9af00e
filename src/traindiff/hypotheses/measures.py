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
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import softmax

from traindiff.outputs import OUTPUT_FUNCTIONS
from traindiff.pair import Pair

__all__ = ["OF_A_CLASS", "OF_REGRESSION", "OUTPUTS", "Measure", "Slice", "Thresholds"]

Slice = Literal["all", "class", "not-class"]
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

OF_A_CLASS = ("probability", "log-odds", "rate")
"""Outputs that need a class to be about."""
_SHARES = ("probability", "rate")
OF_REGRESSION = ("prediction", "negative-error")
"""Outputs of data without classes."""

SHARE_DELTA, SHARE_EPSILON = 0.05, 0.02
"""Default thresholds of probabilities and rates: 5 points matter, 2 points don't."""
SPREAD_DELTA, SPREAD_EPSILON = 0.25, 0.1
"""Default thresholds of other outputs, in units of their spread over inputs."""
_ROUNDING = 1e-6


class Thresholds(NamedTuple):
    """When an effect is absent (within ±epsilon) or present (beyond ±delta), in output units."""

    epsilon: float
    delta: float


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How an effect is measured on known data (`traindiff.hypotheses.Aim.bind`).

    Parameters
    ----------
    output : str
        A key of `OUTPUTS`.
    class_index : int or None
        The class measured, and which ``inputs`` refers to.
    inputs : {"all", "class", "not-class"}
        Which inputs count: all, those of the class, or all but those of the class.
    """

    output: str
    class_index: int | None = None
    inputs: Slice = "all"

    @property
    def counts(self) -> Literal["changes"] | None:
        """What an effect counts, where each model's output on an input is 0 or 1."""
        return "changes" if self.output == "rate" else None

    def of(self, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the output of every model on every input, shape [models, inputs], float64.

        Parameters
        ----------
        logits : array, shape [models, inputs, classes]
        labels : array, shape [inputs]
        """
        return np.asarray(OUTPUTS[self.output](logits, labels, self.class_index), dtype=np.float64)

    def select(self, labels: np.ndarray) -> np.ndarray:
        """Return the indices of the inputs that count."""
        if self.inputs == "all":
            return np.arange(len(labels))
        return np.flatnonzero((labels == self.class_index) == (self.inputs == "class"))

    def thresholds(self, baseline: Pair[np.ndarray]) -> Thresholds:
        """Return the default (ε, δ) of METHOD §6, in units of the output.

        A probability has a scale that people share: 0.05 matters, 0.02 does not. Margins and
        regression outputs have none (a confident recipe has large margins), so theirs follow from
        how much the output differs from input to input: δ is a quarter of that spread, Cohen's
        "small" effect, and ε a tenth of it.

        Parameters
        ----------
        baseline : Pair of arrays, shape [models, inputs]
            The output on untransformed inputs; the two spreads are pooled.

        Returns
        -------
        Thresholds
            Both 0 where the output is the same for all inputs (to float32's rounding).
        """
        if self.output in _SHARES:
            return Thresholds(SHARE_EPSILON, SHARE_DELTA)
        spread = float(np.sqrt(np.mean([each.mean(axis=0).var() for each in baseline])))
        if spread <= _ROUNDING * max(np.abs(each).max() for each in baseline):
            return Thresholds(0.0, 0.0)
        return Thresholds(SPREAD_EPSILON * spread, SPREAD_DELTA * spread)
