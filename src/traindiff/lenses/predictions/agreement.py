"""How far two algorithms agree on what they predict, whatever they learned it from."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from traindiff import seeding
from traindiff.errors import InputError
from traindiff.lenses.predictions.calibration import Calibration, measure_calibration
from traindiff.lenses.predictions.changes import Changes, measure_changes
from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval, two_way_difference, two_way_interval

__all__ = ["Agreement", "measure_agreement"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Agreement:
    """Accuracies, and how often A and B say different things.

    Intervals are two-way: over models and over targets ([O], METHOD §6).

    Parameters
    ----------
    accuracy : Pair of Interval
        Share of (model, target) pairs that are right.
    accuracy_difference : Interval
        Accuracy of A − accuracy of B.
    disagreement : Interval
        Share of (model, target) pairs in which model i of A and model i of B predict different
        classes.
    self_disagreement : Pair of Interval
        The same between models of one algorithm: what disagreement chance alone brings.
    target_accuracy : Pair of array, shape [targets]
        Share of models that are right on each target.
    changes : Changes
        Who is right where the other is wrong.
    calibration : Pair of Calibration or None
        None where the outputs came without confidences.
    """

    accuracy: Pair[Interval]
    accuracy_difference: Interval
    disagreement: Interval
    self_disagreement: Pair[Interval]
    target_accuracy: Pair[np.ndarray]
    changes: Changes
    calibration: Pair[Calibration | None] = field(default_factory=lambda: Pair(None, None))

    def __repr__(self) -> str:
        a, b = (f"{100 * side.mean:.1f}%" for side in self.accuracy)
        return (
            f"<Agreement: {a} of A and {b} of B right, disagreeing on "
            f"{100 * self.disagreement.mean:.1f}%>"
        )


class Predicted(Protocol):
    """What `measure_agreement` reads of `Outputs`: what each model says of each target."""

    @property
    def predictions(self) -> np.ndarray | None: ...
    @property
    def confidences(self) -> np.ndarray | None: ...


def measure_agreement(a: Predicted, b: Predicted, labels: np.ndarray, *, seed: int) -> Agreement:
    """Compare the predicted classes of two ensembles.

    Parameters
    ----------
    a, b : Outputs, or whatever has its predictions and confidences
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
    if len(labels) != a.predictions.shape[1]:
        raise InputError(
            f"expected {a.predictions.shape[1]} labels, one a target, found {len(labels)}."
        )
    pairs = min(len(a.predictions), len(b.predictions))
    said = Pair(a.predictions[:pairs], b.predictions[:pairs])
    right = said.map(lambda side: side == labels)

    def interval(values: np.ndarray, name: str) -> Interval:
        return two_way_interval(
            values.astype(float), counts="shares", seed=seeding.derive(seed, "agreement", name)
        )

    def among_neighbours(side: np.ndarray) -> np.ndarray:
        return np.asarray(side[::2][: pairs // 2] != side[1::2])

    return Agreement(
        accuracy=Pair(interval(right.a, "a"), interval(right.b, "b")),
        accuracy_difference=two_way_difference(
            right.a.astype(float),
            right.b.astype(float),
            counts="shares",
            seed=seeding.derive(seed, "agreement", "difference"),
        ),
        disagreement=interval(said.a != said.b, "disagreement"),
        self_disagreement=Pair(
            interval(among_neighbours(said.a), "self a"),
            interval(among_neighbours(said.b), "self b"),
        ),
        target_accuracy=Pair(
            (a.predictions == labels).mean(axis=0), (b.predictions == labels).mean(axis=0)
        ),
        changes=measure_changes(right.a, right.b, seed=seed),
        calibration=Pair(
            _calibration(a, labels, seeding.derive(seed, "a")),
            _calibration(b, labels, seeding.derive(seed, "b")),
        ),
    )


def _calibration(side: Predicted, labels: np.ndarray, seed: int) -> Calibration | None:
    if side.confidences is None or side.predictions is None:
        return None
    return measure_calibration(side.confidences, side.predictions == labels, seed=seed)
