"""The nodes of a graph: one number a model for each class, group of inputs, or input."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from traindiff.errors import InputError
from traindiff.lenses.base import Answers, Models

__all__ = ["MOST", "Nodes", "nodes_of"]

MOST, FEWEST = 60, 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Nodes:
    """What moves or stays, model by model.

    Parameters
    ----------
    names : tuple of str
    values : float array, shape [models, nodes]
        Higher = more confident in the right answer; for regression the prediction.
    """

    names: tuple[str, ...]
    values: np.ndarray


def nodes_of(models: Models, groups: np.ndarray | None) -> Nodes:
    """Return the mean output of each group of inputs: those given, the labels' classes, or each.

    Raises
    ------
    InputError
        When there are too many nodes or too few, or nothing says which answers are right.
    """
    outputs = _outputs(models.answers, models.questions.labels)
    names, members = _groups(models, groups)
    if not FEWEST <= len(names) <= MOST:
        raise InputError(
            f"graphs draws {FEWEST} to {MOST} nodes, found {len(names)}: give "
            "Graphs(groups=names), one name an input, to average outputs over groups."
        )
    share = np.stack([members == i for i in range(len(names))]).astype(np.float64)
    return Nodes(names=names, values=outputs @ (share / share.sum(axis=1, keepdims=True)).T)


def _outputs(answers: Answers, labels: np.ndarray | None) -> np.ndarray:
    """Return log odds of the right class; whether it is right without them; or values."""
    if answers.regression:
        return np.asarray(answers.predictions, dtype=np.float64)
    if labels is None:
        raise InputError("graphs follows how sure models are of the right class: give labels.")
    if answers.logits is None:
        return np.asarray(answers.predictions == labels, dtype=np.float64)
    right = np.arange(answers.logits.shape[2]) == labels[:, None]
    others = logsumexp(np.where(right, -np.inf, answers.logits), axis=2)
    return np.asarray(np.where(right, answers.logits, 0).sum(axis=2) - others)


def _groups(models: Models, groups: np.ndarray | None) -> tuple[tuple[str, ...], np.ndarray]:
    count = models.answers.predictions.shape[1]
    if groups is None and models.answers.regression:
        return tuple(f"input {i}" for i in range(count)), np.arange(count)
    given = models.questions.labels if groups is None else np.asarray(groups)
    assert given is not None, "classes without labels are refused before"
    if len(given) != count:
        raise InputError(f"groups must name each of {count} inputs, found {len(given)}.")
    names, members = np.unique(given, return_inverse=True)
    told = models.questions.class_names if groups is None else None
    return tuple(str(each) if told is None else told[each] for each in names.tolist()), members
