"""What numbers of any make say: classes and how sure, or values."""

from collections.abc import Sequence

import numpy as np
from scipy.special import log_softmax

from traindiff.errors import InputError
from traindiff.lenses.base import Answers

__all__ = ["said", "scored", "stacked"]

LEAST = 1e-6
"""The least probability a class may get, so that logits are finite."""


def scored(scores: np.ndarray) -> Answers:
    """Return what logits or probabilities say, shape [models, examples, classes].

    One "class" is a regression's value. Rows that are shares of one are taken for probabilities.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape[-1] == 1:
        return Answers(predictions=scores[..., 0])
    logits = np.log(np.maximum(scores, LEAST)) if _probabilities(scores) else scores
    with np.errstate(invalid="ignore"):  # NaN and infinity are refused where A and B are joined
        confidences = np.exp(log_softmax(logits, axis=-1).max(axis=-1))
    return Answers(predictions=scores.argmax(axis=-1), logits=logits, confidences=confidences)


def said(values: np.ndarray) -> Answers:
    """Return answers given as labels or values, shape [models, examples]."""
    values = np.asarray(values)
    return Answers(predictions=values.astype(np.int64) if values.dtype.kind == "b" else values)


def stacked(answers: Sequence[Answers]) -> Answers:
    """Return the answers of many models to the same examples, one after another.

    Logits and confidences that only some of them gave are left out.

    Raises
    ------
    InputError
        When they answer about different numbers of examples or classes.
    """
    logits = [each.logits for each in answers if each.logits is not None]
    sure = [each.confidences for each in answers if each.confidences is not None]
    shapes = {each.predictions.shape[1:] for each in answers}
    widths = {each.shape[2] for each in logits}
    if len(shapes) > 1 or len(widths) > 1:
        examples = sorted(shape[0] for shape in shapes)
        raise InputError(
            f"models must answer alike, found answers about {examples} examples and "
            f"{sorted(widths)} classes: ask all the same."
        )
    return Answers(
        predictions=np.concatenate([each.predictions for each in answers]),
        logits=np.concatenate(logits) if len(logits) == len(answers) else None,
        confidences=np.concatenate(sure) if len(sure) == len(answers) else None,
    )


def _probabilities(scores: np.ndarray) -> bool:
    return bool((scores >= 0).all() and np.allclose(scores.sum(axis=-1), 1, atol=1e-3))
