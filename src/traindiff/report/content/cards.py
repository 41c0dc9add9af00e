"""One card a direction: whom it concerns, and which training examples carry it."""

from collections.abc import Mapping, Sequence

import numpy as np

from traindiff.comparison import Comparison
from traindiff.comparison.directions.standouts import sparse_direction
from traindiff.datasets import Dataset
from traindiff.pair import Pair
from traindiff.report.content import traits
from traindiff.report.content.document import Column, Direction, End, Enrichment, Member, Point
from traindiff.report.content.words import cell, excerpt, id_of, label_of, number, percent
from traindiff.report.evidence import Evidence

__all__ = ["card", "directions", "points"]

CARD_TARGETS, CARD_TRAIN, UNTESTED_CARDS = 18, 18, 4
UNSTABLE = 0.5


def points(comparison: Comparison) -> tuple[Point, ...]:
    """Return every computed direction, for the scatter of explained variances."""
    return tuple(_point(comparison, k) for k in range(comparison.n_directions))


def _point(comparison: Comparison, k: int) -> Point:
    found, test, judged = comparison.found, comparison.test, comparison.judged
    return Point(
        number=k + 1,
        significant=k in comparison.significant,
        p_value=None if test is None else float(test.p_values[k]),
        singular_value=float(found.singular_values[k]),
        explained=_at(found.explained, k),
        strength=None if judged is None else _at(judged.strengths, k),
        side=comparison.side(k),
    )


def directions(evidence: Evidence) -> tuple[Direction, ...]:
    """Return a card for each significant direction; for the first few where none was tested."""
    comparison = evidence.comparison
    untested = comparison.test is None
    shown: Sequence[int] = (
        range(min(UNTESTED_CARDS, comparison.n_directions)) if untested else comparison.significant
    )
    every = points(comparison)
    return tuple(card(evidence, every[k]) for k in shown)


def card(evidence: Evidence, point: Point) -> Direction:
    """Return the card of one direction."""
    comparison, k = evidence.comparison, point.number - 1
    judged = comparison.judged
    reliability = None if judged is None else judged.reliability[k]
    return Direction(
        **vars(point),
        unstable=reliability is not None and reliability.projection_correlation < UNSTABLE,
        projection_correlation=None if reliability is None else reliability.projection_correlation,
        train_overlap=None if reliability is None else reliability.train_overlap,
        space_agreement=None if judged is None else judged.space_agreement,
        space_unstable=judged is not None and judged.space_agreement < UNSTABLE,
        train_beyond_noise=_beyond_noise(comparison, k),
        ends=tuple(end for end in (_end(evidence, k, 1), _end(evidence, k, -1)) if end.targets),
    )


def _end(evidence: Evidence, k: int, sign: int) -> End:
    """Pair the targets of one sign with the training examples that help them more.

    A positive projection means that A gains more than B from positive training examples; a
    direction of B is read the other way round, from the negative ones.
    """
    comparison = evidence.comparison
    people = comparison.subpopulation(k, size=max(CARD_TARGETS, CARD_TRAIN))
    leans_b = comparison.side(k) == "B"
    targets = people.positive_targets if sign > 0 else people.negative_targets
    train = people.positive_train if (sign > 0) != leans_b else people.negative_train
    targets, train = targets[:CARD_TARGETS], train[:CARD_TRAIN]
    target_kinds = _kinds(evidence.targets, targets, evidence.changed_predictions)
    shift = _columns(evidence.targets, targets)
    marked = _tokens(evidence.targets, targets)
    shown = tuple(column.name for column in shift)
    return End(
        sign=sign,
        leans="B" if leans_b else "A",
        weak=_reach(comparison, k, sign) < _reach(comparison, k, -sign) / 2,
        summary="" if evidence.targets is None else _summary(target_kinds),
        targets=_members(evidence.targets, targets, comparison.projections[:, k], shown, marked),
        train=_members(evidence.train, train, comparison.directions[k], shown, marked),
        target_enrichment=target_kinds,
        train_enrichment=_kinds(evidence.train, train),
        columns=shift,
        tokens=marked,
    )


def _beyond_noise(comparison: Comparison, k: int) -> int | None:
    if k not in comparison.significant:
        return None
    return int(np.count_nonzero(sparse_direction(comparison, k)))


def _reach(comparison: Comparison, k: int, sign: int) -> float:
    return float((sign * comparison.projections[:, k]).max())


def _kinds(
    data: Dataset | None, group: np.ndarray, more: Mapping[str, np.ndarray] | None = None
) -> tuple[Enrichment, ...]:
    return () if data is None or not len(group) else traits.enrichments(data, group, more)


def _columns(data: Dataset | None, group: np.ndarray) -> tuple[Column, ...]:
    is_table = data is not None and data.modality == "table"
    return traits.columns(data, group) if data is not None and is_table else ()


def _tokens(data: Dataset | None, group: np.ndarray) -> tuple[str, ...]:
    is_text = data is not None and data.modality == "text"
    return traits.tokens(data, group) if data is not None and is_text and len(group) else ()


def _summary(kinds: tuple[Enrichment, ...]) -> str:
    if not kinds:
        return "No label or metadata value stands out."
    return (
        "; ".join(
            f"median {kind.name} {number(kind.here)} (others: {number(kind.elsewhere)})"
            if kind.value is None
            else f"{round(kind.here * kind.size)} of {kind.size} have {kind.name} “{kind.value}” "
            f"({percent(kind.elsewhere)} of the others)"
            for kind in kinds
        )
        + "."
    )


def _members(
    data: Dataset | None,
    group: np.ndarray,
    weights: np.ndarray,
    shown: tuple[str, ...],
    marked: tuple[str, ...],
) -> tuple[Member, ...]:
    return tuple(
        Member(
            index=index,
            id=id_of(data, index),
            label=label_of(data, index),
            weight=float(weights[index]),
            cells=_cells(data, index, shown),
            text=_text(data, index, marked),
        )
        for index in group.tolist()
    )


def _cells(data: Dataset | None, index: int, shown: tuple[str, ...]) -> tuple[str, ...]:
    return () if data is None else tuple(cell(data, index, column) for column in shown)


def _text(
    data: Dataset | None, index: int, marked: tuple[str, ...]
) -> tuple[tuple[str, bool], ...]:
    if data is None or data.modality != "text":
        return ()
    return excerpt(str(data.inputs[index]), frozenset(marked))


def _at(values: Pair[np.ndarray], k: int) -> Pair[float]:
    return values.map(lambda side: float(side[k]))
