"""An ensemble on known inputs, ready to tell what changing them does."""

from dataclasses import dataclass

import numpy as np

from traindiff.algorithms import Ensemble
from traindiff.datasets import Dataset
from traindiff.hypotheses.measures import measure

__all__ = ["Probe"]


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

    def baseline(self, output: str, class_index: int | None) -> np.ndarray:
        """Return the output on untransformed inputs, shape [models, inputs]."""
        return measure(output, self.logits, self.labels, class_index)

    def effect(
        self, changed: np.ndarray, rows: np.ndarray, output: str, class_index: int | None
    ) -> np.ndarray:
        """Return ψ(f, F(x)) − ψ(f, x) for the inputs at ``rows``, given transformed.

        Parameters
        ----------
        changed : array, shape [rows, ...]
            F(x).
        rows : int array, shape [rows]
        output, class_index
            As in `traindiff.hypotheses.measures.measure`.

        Returns
        -------
        array, float64, shape [models, rows]
            In units of the output; positive = the output rises.
        """
        return self.effect_of(self.ensemble.predict(changed), rows, output, class_index)

    def effect_of(
        self, logits: np.ndarray, rows: np.ndarray, output: str, class_index: int | None
    ) -> np.ndarray:
        """Return the same, given the logits [models, rows, classes] of the transformed inputs."""
        labels = self.labels[rows]
        before = measure(output, self.logits[:, rows], labels, class_index)
        after = measure(output, logits, labels, class_index)
        return np.asarray(after - before)
