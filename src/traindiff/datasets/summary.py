"""What the data of a study are, and what in them would mislead whoever trains on them.

Looked at before anything is trained. A column is called what its values say it is, and each doubt
names the setting that cures it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr
from sklearn.tree import DecisionTreeClassifier

from traindiff.datasets.base import PARTS, Dataset, Splits

__all__ = ["ColumnSummary", "PartSummary", "Summary", "summarise"]

FEWEST_IN_CLASS = 10
MANY_CATEGORIES = 0.2
"""Share of the training examples beyond which a category has hardly any of its own."""
NEARLY = 0.9
"""Share of a column's values that have to be numbers, or dates, for it to be meant as such."""
LEAKING = 0.995
"""Share right from which a single column gives the label away."""
LARGEST_TREE = 8
ENOUGH_ROWS = 50
"""Of fewer, whole numbers may all differ by chance."""
MOST_ROWS = 5000
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
MOST_NAMED = 5
DOUBTS = {
    "constant": (
        "{name!r} is the same in every training example: leave it out: data.drop = [{name!r}]."
    ),
    "id": (
        "{name!r} is a whole number that differs in every row, as a customer's number does: models "
        "learn it by heart. Name it: data.id = {name!r}, or leave it out: data.drop = [{name!r}]."
    ),
    "date": (
        "{name!r} holds dates, read as {used} categories: make numbers of them (days, a year, a "
        "weekday), or leave them out: data.drop = [{name!r}]."
    ),
    "nearly a number": (
        "{name!r} holds numbers{found}, and so is read as {used} categories: empty those cells and "
        "set data.missing = 'drop', or say that it is meant: data.categorical = [{name!r}]."
    ),
    "sparse": (
        "{name!r} has {used} categories among {rows} training examples, hardly any of them twice: "
        "group them, or leave it out: data.drop = [{name!r}]."
    ),
    "leaking": (
        "{name!r} alone gives the label away (nearly every training example): if it is known only "
        "after the label is, leave it out: data.drop = [{name!r}]."
    ),
}
"""What is wrong with training on a column, and the setting that cures it."""


@dataclass(frozen=True, kw_only=True)
class PartSummary:
    """One part of the data: its size, and how many examples of each class; none for regression."""

    name: str
    n_examples: int
    classes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ColumnSummary:
    """One column of a table.

    ``kind`` is "number", "category", "date", "id", "constant" or "nearly a number"; ``told`` is its
    range or its number of categories; ``doubt`` what is wrong with training on it, with the setting
    that cures it, or empty.
    """

    name: str
    kind: str
    told: str
    doubt: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the data are. ``doubts`` are of the data as a whole and of every column that has one.

    ``unused`` counts the examples that no part took; ``notes`` say what was left out in reading.
    """

    parts: tuple[PartSummary, ...]
    class_names: tuple[str, ...]
    unused: int
    columns: tuple[ColumnSummary, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What a plan says of it."""
        return tuple(_lines(self))


def summarise(splits: Splits) -> Summary:
    """Look at the data of a study."""
    train, names = splits.train, splits.train.class_names or ()
    columns = tuple(_columns(train))
    return Summary(
        parts=tuple(_part(part, getattr(splits, part)) for part in PARTS),
        class_names=names,
        unused=splits.unused,
        columns=columns,
        notes=train.notes,
        doubts=(*_class_doubts(train), *(each.doubt for each in columns if each.doubt)),
    )


def _part(name: str, data: Dataset) -> PartSummary:
    names = data.class_names or ()
    counts = np.bincount(data.labels, minlength=len(names)) if names else np.zeros(0, int)
    return PartSummary(name=name, n_examples=len(data), classes=tuple(counts.tolist()))


def _class_doubts(train: Dataset) -> Iterator[str]:
    """Yield a doubt where classes are too small for what is said of them to mean much."""
    if train.class_names is None:
        return
    counts = np.bincount(train.labels, minlength=len(train.class_names))
    few = [
        f"{name!r} ({count})"
        for name, count in zip(train.class_names, counts.tolist(), strict=True)
        if count < FEWEST_IN_CLASS
    ]
    if few:
        more = f" and {len(few) - MOST_NAMED} more" if len(few) > MOST_NAMED else ""
        yield (
            f"Classes with fewer than {FEWEST_IN_CLASS} training examples: "
            f"{', '.join(few[:MOST_NAMED])}{more}. Half of the models see hardly any: raise "
            "data.train, or merge or leave out these classes."
        )


def _columns(train: Dataset) -> Iterator[ColumnSummary]:
    if train.modality != "table":
        return
    rows = np.linspace(0, len(train) - 1, min(len(train), MOST_ROWS)).astype(int)
    labels = train.labels[rows]
    for place, name in enumerate(train.columns):
        values, categories = train.inputs[:, place], train.categories[place]
        kind, told, doubt = (
            _number(name, values) if categories is None else _category(name, values, categories)
        )
        if not doubt and _gives_away(train.inputs[rows, place], labels, train.class_names):
            doubt = DOUBTS["leaking"].format(name=name)
        yield ColumnSummary(name=name, kind=kind, told=told, doubt=doubt)


def _number(name: str, values: np.ndarray) -> tuple[str, str, str]:
    told = f"{values.min():g} to {values.max():g}"
    if values.min() == values.max():
        return "constant", told, DOUBTS["constant"].format(name=name)
    whole = bool((values == np.round(values)).all())
    if whole and len(np.unique(values)) == len(values) >= ENOUGH_ROWS:
        return "id", told, DOUBTS["id"].format(name=name)
    return "number", told, ""


def _category(name: str, values: np.ndarray, names: tuple[str, ...]) -> tuple[str, str, str]:
    used = [names[i] for i in np.unique(values).astype(int)]
    told, many = f"{len(used)} categories", max(LARGEST_TREE, MANY_CATEGORIES * len(values))
    others = [each for each in used if not _is_number(each)]
    if len(used) == 1:
        kind, doubt = "constant", "constant"
    elif np.mean([bool(DATE.match(each)) for each in used]) >= NEARLY:
        kind, doubt = "date", "date"
    elif len(others) <= (1 - NEARLY) * len(used) and not _codes(used):
        kind, doubt = "nearly a number", "nearly a number"
    else:
        kind, doubt = "category", "sparse" if len(used) > many else ""
    found = f", but for {', '.join(map(repr, others[:MOST_NAMED]))}" if others else ""
    filled = {"name": name, "used": len(used), "rows": len(values), "found": found}
    return kind, told, DOUBTS[doubt].format(**filled) if doubt else ""


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _codes(names: list[str]) -> bool:
    """Return whether numbers are names: of one length, with zeros in front."""
    return any(re.fullmatch(r"0\d+", each) for each in names)


def _gives_away(
    column: np.ndarray, labels: np.ndarray, class_names: tuple[str, ...] | None
) -> bool:
    """Return whether a small tree on this column alone knows the label, as no guess would."""
    if column.std() == 0:
        return False
    if class_names is None:
        return bool(abs(spearmanr(column, labels).statistic) > 1 - 1e-9)
    leaves = max(LARGEST_TREE, len(class_names))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(
        column[:, None], labels
    )
    commonest = np.bincount(labels).max() / len(labels)
    return bool(tree.score(column[:, None], labels) >= LEAKING > commonest + 1 - LEAKING)


def _lines(summary: Summary) -> Iterator[str]:
    parts = ", ".join(f"{part.n_examples:,} {_NAMES[part.name]}" for part in summary.parts)
    yield f"Data: {parts}; {summary.unused:,} unused."
    yield from (f"  {note}" for note in summary.notes)
    if summary.class_names:
        yield f"  Classes of the training examples: {_shares(summary)}."
    if summary.columns:
        yield f"  Columns: {_told(summary.columns)}."
    yield from (f"  Check: {doubt}" for doubt in summary.doubts)


_NAMES = {"train": "to train on", "targets": "targets", "verification": "for verification"}


def _shares(summary: Summary) -> str:
    counts = np.array(summary.parts[0].classes)
    order = np.argsort(-counts, kind="stable")[: 2 * MOST_NAMED]
    named = [f"{summary.class_names[k]!r} {counts[k] / counts.sum():.0%}" for k in order.tolist()]
    more = f" and {len(counts) - len(named)} more" if len(counts) > len(named) else ""
    return ", ".join(named) + more


def _told(columns: tuple[ColumnSummary, ...]) -> str:
    kinds = dict.fromkeys(column.kind for column in columns)
    named = {kind: [column for column in columns if column.kind == kind] for kind in kinds}
    return "; ".join(f"{len(some)} {kind}: {_listed(some)}" for kind, some in named.items())


def _listed(columns: list[ColumnSummary]) -> str:
    shown = [
        f"{column.name} ({column.told})" if column.kind != "number" else column.name
        for column in columns[: 2 * MOST_NAMED]
    ]
    return ", ".join(shown) + (" ..." if len(columns) > len(shown) else "")
