"""Fitted scikit-learn models, read as logits."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp
from threadpoolctl import threadpool_limits

from traindiff.algorithms.checks import model_label, naming_model
from traindiff.algorithms.sklearn.features import Features
from traindiff.errors import TrainingError

__all__ = ["CLIP", "SklearnEnsemble"]

CLIP = 1e-6
"""The least probability a model may give a class, so that logits are finite."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SklearnEnsemble:
    """Fitted scikit-learn models of one algorithm.

    Parameters
    ----------
    name : str
        The algorithm's.
    models : tuple of fitted estimators
    labels : tuple of int arrays
        The classes of the dataset that each model's own stand for.
    features : Features
        What they see of inputs.
    seeds : tuple of int
        Each model's seed.
    n_classes : int or None
        None for regression.
    """

    name: str
    models: tuple[Any, ...]
    labels: tuple[np.ndarray, ...]
    features: Features
    seeds: tuple[int, ...]
    n_classes: int | None

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return logits or predicted values (see `Ensemble.predict`).

        A model that gives NaN or infinite numbers has diverged: its row says so.

        Raises
        ------
        TrainingError
            When a model refuses, or gives anything but one number for each class it saw.
        """
        features = self.features(inputs)
        outputs = np.empty((len(self.models), len(inputs), self.n_classes or 1), dtype=np.float32)
        with threadpool_limits(1), np.errstate(over="ignore", invalid="ignore"):
            for index, model in enumerate(self.models):
                with naming_model(self.name, index, self.seeds, "predict"):
                    outputs[index] = self._read(index, model, features)
        return outputs

    def arrays(self) -> None:
        """Return None: only training again restores these models."""

    def _read(self, index: int, model: Any, features: Any) -> np.ndarray:
        if self.n_classes is None:
            return np.asarray(model.predict(features)).reshape(-1, 1)
        seen = _log_odds(model, features)
        if seen.shape[1] != len(model.classes_):
            raise TrainingError(
                f"{model_label(self.name, index, self.seeds)} gives {seen.shape[1]} values for "
                f"{len(model.classes_)} classes; set decision_function_shape = 'ovr'."
            )
        absent = logsumexp(seen, axis=1, keepdims=True) + np.log(CLIP)
        logits = np.repeat(absent, self.n_classes, axis=1)
        own = np.asarray(model.classes_).astype(int)
        logits[:, self.labels[index][own]] = seen
        return logits


def _log_odds(model: Any, features: Any) -> np.ndarray:
    """Return logits of the classes a fitted classifier saw, shape [examples, classes seen]."""
    if hasattr(model, "predict_proba"):
        return np.asarray(np.log(np.maximum(model.predict_proba(features), CLIP)))
    scores = np.asarray(model.decision_function(features), dtype=np.float64)
    return np.stack([-scores / 2, scores / 2], axis=1) if scores.ndim == 1 else scores
