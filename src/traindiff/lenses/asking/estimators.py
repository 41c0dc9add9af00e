"""Asking fitted scikit-learn estimators."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier

from traindiff.lenses.asking.respondents import Respondent, asked
from traindiff.lenses.asking.scores import said, scored
from traindiff.lenses.base import Answers

__all__ = ["register"]


def register(respondent: Any) -> None:
    """Teach the dispatcher ``respondent`` about estimators."""
    respondent.register(BaseEstimator, _respondent)


def _respondent(model: Any) -> Respondent:
    if not is_classifier(model):
        return Respondent(
            respond=lambda inputs: said(np.asarray(model.predict(_rows(inputs)), float)[None])
        )
    return Respondent(
        respond=lambda inputs: _scores(model, _rows(inputs)), classes=tuple(model.classes_.tolist())
    )


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
