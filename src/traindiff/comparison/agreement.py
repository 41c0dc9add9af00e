"""How far two algorithms agree on what they predict, whatever they learned it from."""

from dataclasses import dataclass

import numpy as np

from traindiff import seeding
from traindiff.bootstrap import Interval, two_way_difference, two_way_interval
from traindiff.errors import InputError
from traindiff.outputs import Outputs

__all__ = ["Agreement", "measure_agreement"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Agreement:
    """Accuracies, and how often A and B say different things.

    Intervals are two-way: over models and over targets ([O], METHOD §6).

    Parameters
    ----------
    accuracy_a, accuracy_b : Interval
        Share of (model, target) pairs that are right.
    accuracy_difference : Interval
        Accuracy of A − accuracy of B.
    disagreement : Interval
        Share of (model, target) pairs in which model i of A and model i of B predict different
        classes.
    self_disagreement_a, self_disagreement_b : Interval
        The same between models of one algorithm: what disagreement chance alone brings.
    target_accuracy_a, target_accuracy_b : array, shape [targets]
        Share of models that are right on each target.
    """

    accuracy_a: Interval
    accuracy_b: Interval
    accuracy_difference: Interval
    disagreement: Interval
    self_disagreement_a: Interval
    self_disagreement_b: Interval
    target_accuracy_a: np.ndarray
    target_accuracy_b: np.ndarray


def measure_agreement(a: Outputs, b: Outputs, labels: np.ndarray, *, seed: int) -> Agreement:
    """Compare the predicted classes of two ensembles.

    Parameters
    ----------
    a, b : Outputs
        With predictions; the first models of each are compared one to one.
    labels : int array, shape [targets]
    seed : int
        Of the bootstrap.

    Raises
    ------
    InputError
        When either side has no predictions, or the number of labels is not that of the targets.
    """
    if a.predictions is None or b.predictions is None:
        raise InputError("agreement needs the predicted classes of both A and B.")
    if len(labels) != a.n_targets:
        raise InputError(f"expected {a.n_targets} labels, one a target, found {len(labels)}.")
    pairs = min(a.n_models, b.n_models)
    said_a, said_b = a.predictions[:pairs], b.predictions[:pairs]
    right_a, right_b = (said_a == labels).astype(float), (said_b == labels).astype(float)

    def interval(values: np.ndarray, name: str) -> Interval:
        return two_way_interval(values, seed=seeding.derive(seed, "agreement", name))

    def between_neighbours(said: np.ndarray) -> np.ndarray:
        return np.asarray(said[::2][: pairs // 2] != said[1::2], dtype=float)

    return Agreement(
        accuracy_a=interval(right_a, "a"),
        accuracy_b=interval(right_b, "b"),
        accuracy_difference=two_way_difference(
            right_a, right_b, seed=seeding.derive(seed, "agreement", "difference")
        ),
        disagreement=interval((said_a != said_b).astype(float), "disagreement"),
        self_disagreement_a=interval(between_neighbours(said_a), "self a"),
        self_disagreement_b=interval(between_neighbours(said_b), "self b"),
        target_accuracy_a=(a.predictions == labels).mean(axis=0),
        target_accuracy_b=(b.predictions == labels).mean(axis=0),
    )
