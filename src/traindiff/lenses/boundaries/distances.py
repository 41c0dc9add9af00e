"""Decision distance vectors: how far each model's answer moves between neighbouring inputs.

Li, Zhang, Liu, Yang, Liu (ISSTA 2021, arXiv 2106.08890). A distance lives inside one model's output
space, so models of other classes can be compared through it.
"""

import numpy as np

from traindiff.errors import InputError
from traindiff.lenses.base import Answers

__all__ = ["decision_distances", "similarity"]

FEWEST = 3
"""Outputs from which their angle says more than a sign."""


def decision_distances(here: Answers, there: Answers) -> np.ndarray:
    """Return how far each model's answer moves from an input to its neighbour.

    With three classes or more it is 1 − the cosine of the two answers' logits, each less its mean
    over classes. Logits are known up to a constant an input, and the mean takes that away. What is
    left of two classes points one of two ways, so there, and for regression, the distance is that
    of the two values.

    Parameters
    ----------
    here, there : Answers
        To inputs and to their neighbours.

    Returns
    -------
    float array, shape [models, pairs]
        Higher = farther. The order of classes changes nothing; nor does a positive scale of the
        logits, save with two classes or a value, where distances have it too.

    Raises
    ------
    InputError
        When the models tell classes without their logits or probabilities, or say NaN.
    """
    a, b = _outputs(here), _outputs(there)
    for each in (a, b):
        if not np.isfinite(each).all():
            raise InputError("a model says NaN or infinity: leave out models that diverged.")
    if a.shape[-1] < FEWEST:
        return np.asarray(np.abs(a - b).max(axis=-1))
    a, b = (each - each.mean(axis=-1, keepdims=True) for each in (a, b))
    return np.asarray(1 - _cosine(a, b))


def similarity(distances: np.ndarray) -> np.ndarray:
    """Return the cosine of each two models' decision distance vectors.

    Two models whose answers never move are alike (1); one that never moves and one that does have
    nothing in common (0).

    Parameters
    ----------
    distances : array, shape [models, pairs]

    Returns
    -------
    float array, shape [models, models]
        In [0, 1]; higher = more alike, 1 for a model with itself.
    """
    return np.asarray(np.clip(_cosine(distances[:, None], distances[None]), 0, 1))


def _outputs(answers: Answers) -> np.ndarray:
    if answers.logits is not None:
        return answers.logits
    if answers.regression:
        return answers.predictions[..., None]
    raise InputError(
        "boundaries measures how far logits move, and these models only name a class: give "
        "models that answer with logits or probabilities."
    )


def _cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    sizes = [np.linalg.norm(each, axis=-1) for each in (a, b)]
    size = sizes[0] * sizes[1]
    still = (sizes[0] == 0) & (sizes[1] == 0)
    found = np.divide((a * b).sum(axis=-1), size, out=np.zeros(size.shape), where=size > 0)
    return np.asarray(np.where(still, 1.0, found))
