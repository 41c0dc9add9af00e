"""What the lens on predictions shows: agreement, who changed, and how sure models are."""

from collections.abc import Iterator

import numpy as np
from scipy import stats

from traindiff.lenses.base import Answers, Models
from traindiff.lenses.exhibits import Cell, Curve, Examples, Exhibit, Line, Table
from traindiff.lenses.pairwise import Distances
from traindiff.lenses.predictions.agreement import Agreement, measure_agreement
from traindiff.lenses.predictions.changes import mcnemar
from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval

__all__ = ["shown"]

MOST, FEWEST = 10, 4
"""Examples listed; models a side from which intervals over models are known."""
BOOTSTRAP = 0  # intervals are read, not tested: one fixed name for their draws

Row = tuple[Cell, ...]


def shown(models: Models, is_a: np.ndarray, distances: Distances) -> tuple[Exhibit, ...]:
    """Return the exhibits under one labelling, bool [models]."""
    sides = Pair(models.answers.take(is_a), models.answers.take(~is_a))
    if models.answers.regression:
        return tuple(_of_values(sides, models.questions.labels, distances))
    labels = models.questions.labels
    agreement = None if labels is None else _agreement(sides, labels)
    exhibits = [_agreeing(sides, labels, agreement, distances)]
    changed = _changed(sides, models)
    curve = None if agreement is None else _calibration(agreement)
    return (*exhibits, *(each for each in (changed, curve) if each is not None))


def _agreement(sides: Pair[Answers], labels: np.ndarray) -> Agreement | None:
    """Return the agreement with its intervals, where there are models and inputs enough."""
    models = min(len(side.predictions) for side in sides)
    if models < FEWEST or len(labels) < 2:
        return None
    return measure_agreement(sides.a, sides.b, labels, seed=BOOTSTRAP)


def _agreeing(
    sides: Pair[Answers],
    labels: np.ndarray | None,
    agreement: Agreement | None,
    distances: Distances,
) -> Table:
    if agreement is not None:
        rows = [
            _row("accuracy of A", agreement.accuracy.a),
            _row("accuracy of B", agreement.accuracy.b),
            _row("accuracy of A − accuracy of B", agreement.accuracy_difference),
            _row("A and B disagree", agreement.disagreement),
            _row("models of A disagree", agreement.self_disagreement.a),
            _row("models of B disagree", agreement.self_disagreement.b),
        ]
    else:
        rows = [*_accuracies(sides, labels), *_dissimilarities(sides, distances, "disagree")]
    return Table(
        title="How often models are right, and say different things (shares of inputs)",
        columns=("", "share", "95% from", "to"),
        rows=tuple(rows),
    )


def _row(name: str, interval: Interval) -> Row:
    return (name, interval.mean, interval.low, interval.high)


def _accuracies(sides: Pair[Answers], labels: np.ndarray | None) -> Iterator[Row]:
    if labels is not None:
        for name, side in sides.items():
            yield (f"accuracy of {name}", float((side.predictions == labels).mean()), None, None)


def _dissimilarities(sides: Pair[Answers], distances: Distances, verb: str) -> Iterator[Row]:
    yield (f"A and B {verb}", float(distances.between), None, None)
    for name, side in sides.items():
        if len(side.predictions) > 1:
            among = distances.among_a if name == "A" else distances.among_b
            yield (f"models of {name} {verb}", float(among), None, None)


def _changed(sides: Pair[Answers], models: Models) -> Examples | None:
    """Return the examples on which A and B differ most.

    With labels: in how often they are right, tested by McNemar's test, model i of A beside model i
    of B; without: in how often a model of each says something else.
    """
    labels = models.questions.labels
    if labels is None:
        return _said_differently(sides, models)
    right = sides.map(lambda side: side.predictions == labels)
    share = right.map(lambda side: side.mean(axis=0))
    gain, q_values = share.a - share.b, _q_values(right)
    first = np.lexsort((-np.abs(gain), q_values))[:MOST]
    kept = first[gain[first] != 0]
    if not len(kept):
        return None
    return Examples(
        title="Who changed: examples that one side gets right and the other wrong",
        indices=tuple(kept.tolist()),
        columns=("label", "A mostly says", "B mostly says", "A right", "B right", "q-value"),
        rows=tuple(
            (
                _name(models, int(labels[i])),
                _name(models, _mostly(sides.a.predictions[:, i])),
                _name(models, _mostly(sides.b.predictions[:, i])),
                float(share.a[i]),
                float(share.b[i]),
                float(q_values[i]) if min(map(len, right)) >= FEWEST else None,
            )
            for i in kept.tolist()
        ),
    )


def _q_values(right: Pair[np.ndarray]) -> np.ndarray:
    pairs = min(map(len, right))
    a, b = right.map(lambda side: side[:pairs])
    p_values = mcnemar((a & ~b).sum(axis=0), (~a & b).sum(axis=0))
    return np.asarray(stats.false_discovery_control(p_values))


def _said_differently(sides: Pair[Answers], models: Models) -> Examples | None:
    classes = np.unique(models.answers.predictions)
    shares = sides.map(
        lambda side: (side.predictions[:, :, None] == classes).mean(axis=0)  # [examples, classes]
    )
    differing = 1 - (shares.a * shares.b).sum(axis=1)
    mostly = shares.map(lambda side: classes[side.argmax(axis=1)])
    first = np.argsort(-differing, kind="stable")[:MOST]
    kept = first[(mostly.a != mostly.b)[first]].tolist()
    if not kept:
        return None
    return Examples(
        title="Examples about which A and B say different things",
        indices=tuple(kept),
        columns=("A mostly says", "B mostly says", "a model of each differs"),
        rows=tuple(
            (_name(models, mostly.a[i]), _name(models, mostly.b[i]), float(differing[i]))
            for i in kept
        ),
    )


def _mostly(said: np.ndarray) -> int:
    classes, counts = np.unique(said, return_counts=True)
    return int(classes[counts.argmax()])


def _name(models: Models, place: int) -> str:
    names = models.questions.class_names
    return str(place) if names is None else names[place]


def _calibration(agreement: Agreement) -> Curve | None:
    lines = tuple(
        Line(
            name=name,
            x=tuple(found.confidence.tolist()),
            y=tuple(found.accuracy.tolist()),
        )
        for name, found in agreement.calibration.items()
        if found is not None
    )
    if not lines:
        return None
    return Curve(
        title="Are models as sure as they are right?",
        x="probability of the predicted class",
        y="share right",
        lines=lines,
        diagonal=True,
    )


def _of_values(
    sides: Pair[Answers], labels: np.ndarray | None, distances: Distances
) -> Iterator[Exhibit]:
    """Show a regression: errors, distances and the examples predicted most differently."""
    rows = [*_errors(sides, labels), *_dissimilarities(sides, distances, "differ by")]
    yield Table(
        title="Mean squared errors, and mean squared differences of models, in label variances",
        columns=("", "mean", "95% from", "to"),
        rows=tuple(rows),
    )
    means = sides.map(lambda side: side.predictions.mean(axis=0))
    first = np.argsort(-np.abs(means.a - means.b), kind="stable")[:MOST]
    kept = first[(means.a != means.b)[first]].tolist()
    if kept:
        yield Examples(
            title="Examples that A and B predict most differently",
            indices=tuple(kept),
            columns=("label", "A's mean prediction", "B's mean prediction"),
            rows=tuple(
                (
                    None if labels is None else float(labels[i]),
                    float(means.a[i]),
                    float(means.b[i]),
                )
                for i in kept
            ),
        )


def _errors(sides: Pair[Answers], labels: np.ndarray | None) -> Iterator[Row]:
    if labels is not None:
        spread = float(np.var(labels)) or 1.0
        for name, side in sides.items():
            error = float(((side.predictions - labels) ** 2).mean()) / spread
            yield (f"error of {name}", error, None, None)
