"""What sets a group of examples apart: labels, metadata, columns, tokens.

These describe a group that a test has already singled out; they do not test the direction.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import hypergeom

from traindiff.comparison.directions.enrichment import enrich
from traindiff.datasets import Dataset
from traindiff.report.content.document import Column, Enrichment
from traindiff.report.content.words import WORD, number, percent, short

__all__ = ["columns", "enrichments", "tokens"]

SURPRISING = 1e-3


def enrichments(
    data: Dataset,
    group: np.ndarray,
    more: Mapping[str, np.ndarray] | None = None,
    limit: int = 3,
) -> tuple[Enrichment, ...]:
    """Return what a group has more of than the other examples, the surest first.

    Parameters
    ----------
    data : Dataset
        All examples: their labels and metadata are looked at.
    group : int array
        Indices of the group.
    more : mapping of str to array, shape [examples]
        Further properties, such as what became of the prediction.
    limit : int
        How many to return at most.
    """
    properties = {**_labels(data), **data.metadata, **(more or {})}
    return tuple(
        Enrichment(
            name=short(each.name),
            value=None if each.value is None else short(each.value),
            size=len(group),
            here=each.here,
            elsewhere=each.elsewhere,
            q_value=each.q_value,
        )
        for each in enrich(properties, group)[:limit]
    )


def _labels(data: Dataset) -> dict[str, np.ndarray]:
    if data.class_names is None:
        return {"label": data.labels}
    return {"label": np.asarray(data.class_names, dtype=object)[data.labels.astype(int)]}


def columns(data: Dataset, group: np.ndarray, limit: int = 6) -> tuple[Column, ...]:
    """Return the columns of a table in which a group differs most from all other examples."""
    rest = np.setdiff1d(np.arange(len(data)), group)
    if not len(group) or not len(rest):
        return ()
    found = [_shifted(data, position, group, rest) for position in range(len(data.columns))]
    found.sort(key=lambda column: -abs(column.shift))
    return tuple(found[:limit])


def _shifted(data: Dataset, position: int, group: np.ndarray, rest: np.ndarray) -> Column:
    values = data.inputs[:, position].astype(float)
    categories = data.categories[position]
    if categories is not None:
        return _shifted_category(data.columns[position], values, categories, group, rest)
    spread = float(values.std()) or 1.0
    here, elsewhere = float(values[group].mean()), float(values[rest].mean())
    return Column(
        name=data.columns[position],
        here=number(here),
        elsewhere=number(elsewhere),
        shift=(here - elsewhere) / spread,
    )


def _shifted_category(
    name: str, values: np.ndarray, categories: Sequence[str], group: np.ndarray, rest: np.ndarray
) -> Column:
    size = len(categories)
    here = np.bincount(values[group].astype(int), minlength=size) / len(group)
    elsewhere = np.bincount(values[rest].astype(int), minlength=size) / len(rest)
    top = int(np.argmax(here - elsewhere))
    spread = float(np.sqrt(elsewhere[top] * (1 - elsewhere[top]))) or 1.0
    return Column(
        name=name,
        here=f"{short(categories[top])}: {percent(float(here[top]))}",
        elsewhere=f"{short(categories[top])}: {percent(float(elsewhere[top]))}",
        shift=float((here[top] - elsewhere[top]) / spread),
    )


def tokens(data: Dataset, group: np.ndarray, limit: int = 12) -> tuple[str, ...]:
    """Return the words that a group's texts hold more often than all texts do."""
    everywhere = Counter(word for text in data.inputs.tolist() for word in _words(text))
    inside = Counter(word for text in data.inputs[group].tolist() for word in _words(text))
    ranked = []
    for word, times in inside.items():
        chance = float(hypergeom.sf(times - 1, len(data), everywhere[word], len(group)))
        if times > 1 and chance < SURPRISING:
            ranked.append((chance, word))
    return tuple(word for _, word in sorted(ranked)[:limit])


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}
