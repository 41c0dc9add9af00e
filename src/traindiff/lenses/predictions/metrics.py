"""How good each side's models are at their task, so that it is known what is being compared.

A metric that is no mean over (model, target) pairs is linearised: to each pair belongs its
influence on the metric, and the mean of these is the metric itself (the infinitesimal jackknife,
Efron 1982). Two-way intervals over models and targets then apply to all metrics alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import log_expit
from scipy.stats import rankdata

from traindiff import seeding
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval, two_way_difference, two_way_interval
from traindiff.statistics.bounds import Counts

__all__ = ["ClassScore", "Metric", "Performance", "measure_performance"]

FEWEST = 2
"""Models and targets below which no interval is known."""
MOST_MODELS = 400
"""Models a side that are read: beyond these the targets alone decide the width of intervals."""
MOST_CLASSES = 20
NOTHING: Pair[tuple[float, ...]] = Pair((), ())


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of both sides, with 95% intervals over models and targets.

    ``chance`` is what a model reaches that knows the labels' distribution and no input.
    """

    name: str
    higher_is_better: bool
    values: Pair[Interval]
    difference: Interval
    chance: float


@dataclass(frozen=True, kw_only=True)
class ClassScore:
    """One class: share of its targets that are told (recall), and of its tellings that are right.

    ``precision`` is None where a side's models never say the class.
    """

    name: str
    n_targets: int
    recall: Pair[Interval | None]
    precision: Pair[float | None]


@dataclass(frozen=True, kw_only=True)
class Performance:
    """How good the models of A and of B are.

    Parameters
    ----------
    metrics : tuple of Metric
    classes : tuple of ClassScore
        Of up to 20 classes; empty for regression, and of more.
    confusion : Pair of tuple, or None
        Share of a class's targets (row) that are told to be of a class (column); None where
        ``classes`` is empty.
    said : Pair of tuple
        Share of all predictions that name each class; empty for regression.
    """

    metrics: tuple[Metric, ...]
    classes: tuple[ClassScore, ...] = ()
    confusion: Pair[tuple[tuple[float, ...], ...]] | None = None
    said: Pair[tuple[float, ...]] = NOTHING

    def metric(self, name: str) -> Metric | None:
        """Return a metric by its name, or None where it was not measured."""
        return next((each for each in self.metrics if each.name == name), None)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Task:
    """What is known of both sides: labels, and how every metric is linearised."""

    labels: np.ndarray
    output: str
    seed: int


def measure_performance(
    outputs: Pair[Outputs],
    labels: np.ndarray,
    class_names: tuple[str, ...] | None,
    *,
    output: str,
    seed: int,
) -> Performance | None:
    """Measure how good models are on the targets.

    Parameters
    ----------
    outputs : Pair of Outputs
        With predictions, unless it is a regression.
    labels : array, shape [targets]
    class_names : tuple of str or None
        None for regression.
    output : str
        What ``values`` of the outputs are: "margin" or "negative-cross-entropy" also give log loss
        and, of two classes, ROC AUC; "prediction" or "negative-error" the metrics of regression.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Performance or None
        None where the outputs do not tell, or there are fewer than two models or targets.
    """
    few = outputs.map(lambda side: side.take(slice(MOST_MODELS)))
    if min(few.a.n_models, few.b.n_models, len(labels)) < FEWEST:
        return None
    task = _Task(labels=labels, output=output, seed=seed)
    if class_names is None:
        return _of_regression(few, task)
    return _of_classes(few, class_names, task)


def _of_regression(outputs: Pair[Outputs], task: _Task) -> Performance | None:
    if task.output not in ("prediction", "negative-error"):
        return None
    errors = outputs.map(lambda side: _errors(side, task))
    centred = task.labels - task.labels.mean()
    spread = float((centred**2).mean())
    if spread == 0:
        return None

    def root(error: np.ndarray) -> np.ndarray:
        squared = (error**2).mean()
        return np.asarray(np.sqrt(squared) + (error**2 - squared) / (2 * np.sqrt(squared) or 1))

    def explained(error: np.ndarray) -> np.ndarray:
        squared = (error**2).mean()
        # The labels' variance is estimated from the same targets, and moves with them.
        moved = squared * (centred**2 - spread) / spread**2
        return np.asarray(1 - error**2 / spread + moved)

    median = float(np.abs(task.labels - np.median(task.labels)).mean())
    return Performance(
        metrics=(
            _metric("R²", errors.map(explained), task, chance=0.0, most=1.0),
            _metric("RMSE", errors.map(root), task, chance=spread**0.5, least=0.0, higher=False),
            _metric("MAE", errors.map(np.abs), task, chance=median, least=0.0, higher=False),
        )
    )


def _errors(side: Outputs, task: _Task) -> np.ndarray:
    """Return prediction − label, or its size where that is all that is known; [models, targets]."""
    values = side.values.astype(np.float64)
    return values - task.labels if task.output == "prediction" else -values


def _of_classes(outputs: Pair[Outputs], names: tuple[str, ...], task: _Task) -> Performance | None:
    a, b = outputs.a.predictions, outputs.b.predictions
    if a is None or b is None:
        return None
    said, labels = Pair(a, b), task.labels
    sizes = np.bincount(labels, minlength=len(names))
    present = np.flatnonzero(sizes)
    right = said.map(lambda side: (side == labels).astype(np.float64))
    metrics = [
        _metric("accuracy", right, task, chance=sizes.max() / len(labels), least=0, most=1),
        _metric(
            "balanced accuracy",
            right.map(lambda side: _balanced(side, labels, present)),
            task,
            chance=1 / len(present),
            least=0.0,
            most=1.0,
        ),
        *_of_probabilities(outputs, sizes, task),
    ]
    counts = said.map(lambda side: _confusion(side, labels, len(names)))
    shares = counts.map(lambda table: tuple((table.sum(axis=0) / table.sum()).tolist()))
    if len(names) > MOST_CLASSES:
        return Performance(metrics=tuple(metrics), said=shares)
    return Performance(
        metrics=tuple(metrics),
        classes=tuple(_class_score(k, name, right, counts, task) for k, name in enumerate(names)),
        confusion=counts.map(_by_label),
        said=shares,
    )


def _metric(
    name: str,
    tables: Pair[np.ndarray],
    task: _Task,
    *,
    chance: float,
    least: float = -np.inf,
    most: float = np.inf,
    higher: bool = True,
) -> Metric:
    """Return a metric that is the mean of a table [models, targets] of each side."""
    counts: Counts | None = "shares" if name == "accuracy" else None

    def clipped(found: Interval) -> Interval:
        return Interval(*np.clip(found, least, most).tolist())

    def seed(which: str) -> int:
        return seeding.derive(task.seed, "performance", name, which)

    return Metric(
        name=name,
        higher_is_better=higher,
        values=Pair(
            clipped(two_way_interval(tables.a, counts=counts, seed=seed("a"))),
            clipped(two_way_interval(tables.b, counts=counts, seed=seed("b"))),
        ),
        difference=two_way_difference(tables.a, tables.b, counts=counts, seed=seed("difference")),
        chance=float(chance),
    )


def _balanced(right: np.ndarray, labels: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the mean recall of classes, linearised in who the targets are."""
    table = np.zeros_like(right)
    for label in present:
        where = labels == label
        recall = right[:, where].mean()
        table[:, where] += (right[:, where] - recall) * len(labels) / where.sum() / len(present)
        table += recall / len(present)
    return table


def _of_probabilities(outputs: Pair[Outputs], sizes: np.ndarray, task: _Task) -> list[Metric]:
    """Return what needs the probability of the right class: log loss, and ROC AUC of two."""
    if task.output not in ("margin", "negative-cross-entropy"):
        return []
    surprise: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "margin": lambda values: -log_expit(values),
        "negative-cross-entropy": lambda values: -values,
    }
    values = outputs.map(lambda side: side.values.astype(np.float64))
    shares = sizes[sizes > 0] / sizes.sum()
    found = [
        _metric(
            "log loss",
            values.map(surprise[task.output]),
            task,
            chance=float(-(shares * np.log(shares)).sum()),
            least=0.0,
            higher=False,
        )
    ]
    if len(sizes) == 2 and (sizes > 0).all():
        areas = values.map(lambda side: _area(_scores(side, task), task.labels))
        found.append(_metric("ROC AUC", areas, task, chance=0.5, least=0.0, most=1.0))
    return found


def _scores(values: np.ndarray, task: _Task) -> np.ndarray:
    """Return the log-odds of the second of two classes, whichever is right."""
    with np.errstate(divide="ignore"):  # a probability of 1 is ranked above all others
        odds = values if task.output == "margin" else values - np.log(-np.expm1(values))
    return np.where(task.labels == 1, odds, -odds)


def _area(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve as placement values (DeLong et al. 1988), linearised.

    A placement is the share of the other class's targets that a target is on the right side of;
    ties count half.
    """
    table = np.empty_like(scores)
    ranks = rankdata(scores, axis=1)
    for label, sign in ((1, 1.0), (0, -1.0)):
        where = labels == label
        among = rankdata(scores[:, where], axis=1)
        placed = (ranks[:, where] - among) / (~where).sum()
        table[:, where] = placed if sign > 0 else 1 - placed
    area = table[:, labels == 1].mean(axis=1, keepdims=True)
    weight = np.where(labels == 1, (labels == 1).mean(), (labels == 0).mean())
    return np.asarray(area + (table - area) / weight)


def _confusion(said: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return how often each class (row) is told to be each (column), over models and targets."""
    pairs = np.broadcast_to(labels, said.shape) * n_classes + np.clip(said, 0, n_classes - 1)
    return np.bincount(pairs.ravel(), minlength=n_classes**2).reshape(n_classes, n_classes)


def _by_label(counts: np.ndarray) -> tuple[tuple[float, ...], ...]:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return tuple(map(tuple, shares.tolist()))


def _class_score(
    label: int, name: str, right: Pair[np.ndarray], counts: Pair[np.ndarray], task: _Task
) -> ClassScore:
    where = task.labels == label

    def recall(which: str, side: np.ndarray) -> Interval | None:
        if where.sum() < FEWEST:
            return None
        seed = seeding.derive(task.seed, "performance", "recall", which, label)
        return two_way_interval(side[:, where], counts="shares", seed=seed)

    def precision(table: np.ndarray) -> float | None:
        told = table[:, label].sum()
        return float(table[label, label] / told) if told else None

    return ClassScore(
        name=name,
        n_targets=int(where.sum()),
        recall=Pair(recall("a", right.a), recall("b", right.b)),
        precision=counts.map(precision),
    )
