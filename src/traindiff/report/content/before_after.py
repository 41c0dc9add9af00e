"""What a tested transformation does to a few inputs, and what its placebo does to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from traindiff.datasets import Dataset, Splits
from traindiff.hypotheses import Hypothesis
from traindiff.report.content.document import Changed
from traindiff.report.content.words import id_of, in_column
from traindiff.verification import Verdict
from traindiff.verification.placebos import placebo_inputs

__all__ = ["Applied", "applied", "in_words"]

SHOWN = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Applied:
    """A few verification inputs: before, transformed, and under a placebo; ids name them."""

    ids: tuple[str, ...]
    before: np.ndarray
    after: np.ndarray
    placebo: np.ndarray


def applied(verdicts: Sequence[Verdict], splits: Splits | None) -> dict[str, Applied]:
    """Return what each tested transformation does, by its hypothesis's name."""
    if splits is None:
        return {}
    tested = [v.hypothesis for v in verdicts if v.state != "not tested"]
    return {hypothesis.name: _apply(hypothesis, splits.verification) for hypothesis in tested}


def _apply(hypothesis: Hypothesis, data: Dataset) -> Applied:
    rows = _chosen(hypothesis, data)
    transform = hypothesis.transform.bind(data)
    return Applied(
        ids=tuple(id_of(data, row) for row in rows.tolist()),
        before=data.inputs[rows],
        after=transform.apply(data.inputs[rows]),
        placebo=placebo_inputs(transform, data, rows, seed=0),
    )


def in_words(each: Applied, data: Dataset) -> tuple[Changed, ...]:
    """Return the changes to rows or texts in words; nothing for pictures, which are shown."""
    if data.modality == "image":
        return ()
    versions = (each.before, each.after, each.placebo)
    say = _text if data.modality == "text" else partial(_row, data, _differing(*versions))
    return tuple(
        Changed(id=name, before=say(before), after=say(after), placebo=say(placebo))
        for name, before, after, placebo in zip(each.ids, *versions, strict=True)
    )


def _text(text: str) -> str:
    return str(text)[:280]


def _row(data: Dataset, columns: list[int], row: np.ndarray) -> str:
    return ", ".join(f"{data.columns[p]} {in_column(data, p, row[p])}" for p in columns)


def _differing(before: np.ndarray, after: np.ndarray, placebo: np.ndarray) -> list[int]:
    """Return the columns in which the versions of any row differ."""
    differ = (before != after) | (before != placebo)
    return np.flatnonzero(differ.any(axis=0)).tolist()


def _chosen(hypothesis: Hypothesis, data: Dataset) -> np.ndarray:
    """Return a few of the inputs that the hypothesis is about, spread over ``data``."""
    found = hypothesis.aim.bind(data).select(data.labels)
    spread = np.linspace(0, len(found) - 1, min(SHOWN, len(found))).round().astype(int)
    return np.asarray(found[spread])
