"""Every target: how A and B fare on it, and which training examples matter to it."""

import numpy as np

from traindiff.datasets import Dataset
from traindiff.lenses.predictions.agreement import Agreement
from traindiff.outputs import Outputs
from traindiff.report.content.document import Examples, Influence
from traindiff.report.content.rounding import tidy_all
from traindiff.report.content.showing import id_of, label_of, summary
from traindiff.report.evidence import Attribution, Evidence

__all__ = ["examples"]

NEIGHBOURS, ROWS_AT_ONCE, DIGITS = 5, 512, 4


def examples(evidence: Evidence) -> Examples:
    """Return the table of who changed, column by column."""
    comparison, agreement = evidence.comparison, evidence.agreement
    test = comparison.test
    targets = range(evidence.n_targets)
    outputs, datamodels = evidence.findings.outputs, evidence.findings.datamodels
    influence_a, influence_b = (None, None) if datamodels is None else datamodels.map(_influence)
    output_a, output_b = ((), ()) if outputs is None else outputs.map(_mean_output)
    named = _named(influence_a) | _named(influence_b)
    return Examples(
        ids=tuple(id_of(evidence.targets, t) for t in targets),
        labels=tuple(label_of(evidence.targets, t) for t in targets),
        accuracy_a=() if agreement is None else _column(agreement.target_accuracy.a),
        accuracy_b=() if agreement is None else _column(agreement.target_accuracy.b),
        **_only_right(agreement),
        gain=_of(agreement, "gain"),
        gain_low=_of(agreement, "gain_low"),
        gain_high=_of(agreement, "gain_high"),
        gain_q_value=_of(agreement, "q_values"),
        output_a=output_a,
        output_b=output_b,
        similarity=_column(comparison.similarity),
        statistic=() if test is None else _column(test.targets.statistics),
        q_value=() if test is None else _column(test.targets.q_values),
        projections={
            str(k + 1): _column(comparison.projections[:, k]) for k in comparison.significant
        },
        influence_a=influence_a,
        influence_b=influence_b,
        train_ids={str(i): id_of(evidence.train, i) for i in sorted(named)},
        train_labels={str(i): label_of(evidence.train, i) for i in sorted(named)},
        texts=_texts(evidence.targets),
        train_texts=_train_texts(evidence.train, sorted(named)),
    )


def _only_right(agreement: Agreement | None) -> dict[str, tuple[float, ...]]:
    """Return the columns of who alone is right, with their intervals."""
    columns: dict[str, tuple[float, ...]] = {}
    for side in ("a", "b"):
        for suffix, field in (("", "value"), ("_low", "low"), ("_high", "high")):
            name = f"only_{side}_right{suffix}"
            shares = getattr(agreement.changes.target_only_right, side) if agreement else None
            columns[name] = () if shares is None else _column(getattr(shares, field))
    return columns


def _of(agreement: Agreement | None, changes: str) -> tuple[float, ...]:
    return () if agreement is None else _column(getattr(agreement.changes, changes))


def _texts(data: Dataset | None) -> tuple[str, ...]:
    if data is None or data.modality == "image":
        return ()
    return tuple(summary(data, index) for index in range(len(data)))


def _train_texts(data: Dataset | None, indices: list[int]) -> dict[str, str]:
    if data is None or data.modality == "image":
        return {}
    return {str(index): summary(data, index) for index in indices}


def _column(values: np.ndarray | None) -> tuple[float, ...]:
    return () if values is None else tidy_all(values, DIGITS)


def _mean_output(outputs: Outputs) -> tuple[float, ...]:
    return _column(outputs.values.mean(0))


def _influence(fitted: Attribution) -> Influence:
    """Keep, of each target's weights, the few largest of either sign."""
    train: list[tuple[int, ...]] = []
    weights: list[tuple[float, ...]] = []
    for start in range(0, len(fitted.weights), ROWS_AT_ONCE):
        block = np.asarray(fitted.weights[start : start + ROWS_AT_ONCE])
        for row, order in zip(block, _extremes(block), strict=True):
            kept = order[row[order] != 0]
            train.append(tuple(kept.tolist()))
            weights.append(tidy_all(row[kept], DIGITS))
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


def _named(influence: Influence | None) -> set[int]:
    return set() if influence is None else {i for row in influence.train for i in row}
