"""Every target: how A and B fare on it, and which training examples matter to it."""

from typing import Any

import numpy as np

from traindiff.datasets import Dataset
from traindiff.lenses.predictions.agreement import Agreement
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.report.content.document import Examples, Influence, Intervals
from traindiff.report.content.words import id_of, label_of, summary
from traindiff.report.evidence import Attribution, Evidence

__all__ = ["examples"]

NEIGHBOURS, ROWS_AT_ONCE = 5, 512


def examples(evidence: Evidence) -> Examples:
    """Return the table of who changed, column by column."""
    comparison, outputs, datamodels = (
        evidence.comparison,
        evidence.findings.outputs,
        evidence.findings.datamodels,
    )
    test, influence = comparison.test, None if datamodels is None else datamodels.map(_influence)
    named = sorted(set() if influence is None else _named(influence.a) | _named(influence.b))
    return Examples(
        ids=tuple(id_of(evidence.targets, t) for t in range(evidence.n_targets)),
        labels=tuple(label_of(evidence.targets, t) for t in range(evidence.n_targets)),
        **_who_is_right(evidence.agreement),
        output=Pair((), ()) if outputs is None else outputs.map(_mean_output),
        similarity=_column(comparison.similarity),
        statistic=() if test is None else _column(test.targets.statistics),
        q_value=() if test is None else _column(test.targets.q_values),
        projections={
            str(k + 1): _column(comparison.projections[:, k]) for k in comparison.significant
        },
        influence=influence,
        train_ids={str(i): id_of(evidence.train, i) for i in named},
        train_labels={str(i): label_of(evidence.train, i) for i in named},
        texts=_texts(evidence.targets),
        train_texts=_train_texts(evidence.train, named),
    )


def _who_is_right(agreement: Agreement | None) -> dict[str, Any]:
    """Return the columns that need predictions: how often each is right, alone and less often."""
    if agreement is None:
        unknown = Intervals()
        return {
            "accuracy": Pair((), ()),
            "only_right": Pair(unknown, unknown),
            "gain": unknown,
            "gain_q_value": (),
        }
    changes = agreement.changes
    return {
        "accuracy": agreement.target_accuracy.map(_column),
        "only_right": changes.target_only_right.map(
            lambda side: _intervals(side.value, side.low, side.high)
        ),
        "gain": _intervals(changes.gain, changes.gain_low, changes.gain_high),
        "gain_q_value": _column(changes.q_values),
    }


def _intervals(mean: np.ndarray, low: np.ndarray, high: np.ndarray) -> Intervals:
    return Intervals(mean=_column(mean), low=_column(low), high=_column(high))


def _mean_output(outputs: Outputs) -> tuple[float, ...]:
    return _column(outputs.values.mean(0))


def _texts(data: Dataset | None) -> tuple[str, ...]:
    if data is None or data.modality == "image":
        return ()
    return tuple(summary(data, index) for index in range(len(data)))


def _train_texts(data: Dataset | None, indices: list[int]) -> dict[str, str]:
    if data is None or data.modality == "image":
        return {}
    return {str(index): summary(data, index) for index in indices}


def _column(values: np.ndarray) -> tuple[float, ...]:
    return tuple(values.tolist())


def _influence(fitted: Attribution) -> Influence:
    """Keep, of each target's weights, the few largest of either sign."""
    train: list[tuple[int, ...]] = []
    weights: list[tuple[float, ...]] = []
    for start in range(0, len(fitted.weights), ROWS_AT_ONCE):
        block = np.asarray(fitted.weights[start : start + ROWS_AT_ONCE])
        for row, order in zip(block, _extremes(block), strict=True):
            kept = order[row[order] != 0]
            train.append(tuple(kept.tolist()))
            weights.append(tuple(row[kept].tolist()))
    return Influence(train=tuple(train), weights=tuple(weights))


def _extremes(block: np.ndarray) -> np.ndarray:
    """Return, for each row, the indices of its largest and smallest values, largest first."""
    n_train = block.shape[1]
    few = min(NEIGHBOURS, n_train // 2)
    ends = np.argpartition(block, (few, n_train - 1 - few), axis=1)
    picked = np.concatenate([ends[:, :few], ends[:, n_train - few :]], axis=1)
    picked.sort(axis=1)  # ties then fall to the lowest index, whatever the partition did
    order = np.argsort(-np.take_along_axis(block, picked, axis=1), axis=1, kind="stable")
    return np.take_along_axis(picked, order, axis=1)


def _named(influence: Influence) -> set[int]:
    return {index for row in influence.train for index in row}
