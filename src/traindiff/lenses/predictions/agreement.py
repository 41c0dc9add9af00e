"""How far two algorithms agree on what they predict, whatever they learned it from."""

from dataclasses import dataclass

import numpy as np

from traindiff import seeding
from traindiff.errors import InputError
from traindiff.lenses.predictions.calibration import Calibration, measure_calibration
from traindiff.lenses.predictions.changes import Changes, measure_changes
from traindiff.outputs import Outputs
from traindiff.statistics.bootstrap import Interval, two_way_difference, two_way_interval

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
    changes : Changes
        Who is right where the other is wrong.
    calibration_a, calibration_b : Calibration or None
        None where the outputs came without confidences.
    """

    accuracy_a: Interval
    accuracy_b: Interval
    accuracy_difference: Interval
    disagreement: Interval
    self_disagreement_a: Interval
    self_disagreement_b: Interval
    target_accuracy_a: np.ndarray
    target_accuracy_b: np.ndarray
    changes: Changes
    calibration_a: Calibration | None = None
    calibration_b: Calibration | None = None


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
    right_a, right_b = said_a == labels, said_b == labels

    def interval(values: np.ndarray, name: str) -> Interval:
        return two_way_interval(values.astype(float), seed=seeding.derive(seed, "agreement", name))

    def between_neighbours(said: np.ndarray) -> np.ndarray:
        return np.asarray(said[::2][: pairs // 2] != said[1::2])

    return Agreement(
        accuracy_a=interval(right_a, "a"),
        accuracy_b=interval(right_b, "b"),
        accuracy_difference=two_way_difference(
            right_a.astype(float),
            right_b.astype(float),
            seed=seeding.derive(seed, "agreement", "difference"),
        ),
        disagreement=interval(said_a != said_b, "disagreement"),
        self_disagreement_a=interval(between_neighbours(said_a), "self a"),
        self_disagreement_b=interval(between_neighbours(said_b), "self b"),
        target_accuracy_a=(a.predictions == labels).mean(axis=0),
        target_accuracy_b=(b.predictions == labels).mean(axis=0),
        changes=measure_changes(right_a, right_b, seed=seed),
        calibration_a=_calibration(a, labels, seeding.derive(seed, "a")),
        calibration_b=_calibration(b, labels, seeding.derive(seed, "b")),
    )


def _calibration(side: Outputs, labels: np.ndarray, seed: int) -> Calibration | None:
    if side.confidences is None or side.predictions is None:
        return None
    return measure_calibration(side.confidences, side.predictions == labels, seed=seed)
