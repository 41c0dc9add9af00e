"""Asking fitted scikit-learn estimators."""

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, is_classifier
from sklearn.pipeline import Pipeline

from traindiff.lenses.asking.featured import chosen_layers
from traindiff.lenses.asking.respondents import Respondent, asked
from traindiff.lenses.asking.scores import said, scored
from traindiff.lenses.base import Answers, Features, Tell

__all__ = ["register"]


def register(respondent: Any) -> None:
    """Teach the dispatcher ``respondent`` about estimators."""
    respondent.register(BaseEstimator, _respondent)


def _respondent(model: Any) -> Respondent:
    if not is_classifier(model):
        return Respondent(
            respond=lambda inputs: said(np.asarray(model.predict(_rows(inputs)), float)[None]),
            features=_steps(model),
        )
    return Respondent(
        respond=lambda inputs: _scores(model, _rows(inputs)),
        classes=tuple(model.classes_.tolist()),
        features=_steps(model),
    )


def _steps(model: Any) -> Tell | None:
    """Return what the steps of a pipeline make of inputs, its last one left out."""
    if not isinstance(model, Pipeline):
        return None

    def tell(inputs: np.ndarray | None, layers: tuple[str, ...] | None) -> Features:
        rows: Any = _rows(inputs)
        found = {}
        for name, step in model.steps[:-1]:
            rows = rows if step in (None, "passthrough") else step.transform(rows)
            found[name] = (rows.toarray() if issparse(rows) else np.asarray(rows),)
        return {name: found[name] for name in chosen_layers(layers, found)}

    return tell


def _scores(model: Any, rows: np.ndarray) -> Answers:
    """Return probabilities, or the decision function where there are none."""
    probabilities = getattr(model, "predict_proba", None)  # a property that some settings withhold
    if probabilities is not None:
        return scored(np.asarray(probabilities(rows))[None])
    scores = np.asarray(model.decision_function(rows), dtype=np.float64)
    return scored((np.stack([-scores / 2, scores / 2], -1) if scores.ndim == 1 else scores)[None])


def _rows(inputs: np.ndarray | None) -> np.ndarray:
    """Return what an estimator sees: texts as they are, everything else a row an example."""
    given = asked(inputs)
    return given if given.ndim == 1 else given.reshape(len(given), -1)
