"""An ensemble on known inputs, ready to tell what changing them does."""

from dataclasses import dataclass

import numpy as np

from traindiff.algorithms import Ensemble
from traindiff.datasets import Dataset
from traindiff.hypotheses.measures import Measure, Thresholds
from traindiff.pair import Pair

__all__ = ["Probe", "thresholds"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Probe:
    """An ensemble with its logits on untransformed inputs, so that those are computed once.

    Parameters
    ----------
    ensemble : Ensemble
    labels : array, shape [inputs]
    logits : array, shape [models, inputs, classes]
    """

    ensemble: Ensemble
    labels: np.ndarray
    logits: np.ndarray

    @classmethod
    def of(cls, ensemble: Ensemble, data: Dataset) -> "Probe":
        """Return the probe of ``ensemble`` on all of ``data``."""
        return cls(ensemble=ensemble, labels=data.labels, logits=ensemble.predict(data.inputs))

    @property
    def n_models(self) -> int:
        """Number of models."""
        return len(self.logits)

    @property
    def identical(self) -> bool:
        """Whether all models say the same to the bit: a recipe that does not use its seed."""
        return bool((self.logits == self.logits[:1]).all())

    def baseline(self, measure: Measure) -> np.ndarray:
        """Return the output on untransformed inputs, shape [models, inputs]."""
        return measure.of(self.logits, self.labels)

    def effect(self, changed: np.ndarray, rows: np.ndarray, measure: Measure) -> np.ndarray:
        """Return ψ(f, F(x)) − ψ(f, x) for the inputs at ``rows``, given transformed.

        Parameters
        ----------
        changed : array, shape [rows, ...]
            F(x).
        rows : int array, shape [rows]
        measure : Measure
            Which output ψ is.

        Returns
        -------
        array, float64, shape [models, rows]
            In units of the output; positive = the output rises.
        """
        return self.effect_of(self.ensemble.predict(changed), rows, measure)

    def effect_of(self, logits: np.ndarray, rows: np.ndarray, measure: Measure) -> np.ndarray:
        """Return the same, given the logits [models, rows, classes] of the transformed inputs."""
        labels = self.labels[rows]
        return np.asarray(measure.of(logits, labels) - measure.of(self.logits[:, rows], labels))


def thresholds(probes: Pair[Probe], measure: Measure) -> Thresholds:
    """Return the default (ε, δ) for what both ensembles say of the untransformed inputs."""
    return measure.thresholds(probes.map(lambda probe: probe.baseline(measure)))
