"""How one example is named and shown in words, whatever it is."""

import re
from collections.abc import Set as AbstractSet

from traindiff.datasets import Dataset
from traindiff.report.content.words import number

__all__ = ["WORD", "cell", "excerpt", "id_of", "in_column", "label_of", "short", "summary"]

WORD = re.compile(r"\w+(?:['’]\w+)*")
LONGEST, LONGEST_NAME, MOST_COLUMNS = 280, 100, 6


def short(name: str) -> str:
    """Return a name that fits on a line; of a longer one, its beginning and end."""
    return name if len(name) <= LONGEST_NAME else f"{name[:60]} … {name[-20:]}"


def id_of(data: Dataset | None, index: int) -> str:
    """Return the name of an example: its index where only arrays are known."""
    return f"#{index}" if data is None else short(data.ids[index])


def label_of(data: Dataset | None, index: int) -> str:
    """Return the label of an example in words; empty where only arrays are known."""
    if data is None:
        return ""
    label = data.labels[index]
    return number(float(label)) if data.class_names is None else short(data.class_names[int(label)])


def cell(data: Dataset, index: int, column: str) -> str:
    """Return one value of a table in words."""
    position = data.columns.index(column)
    return in_column(data, position, data.inputs[index, position])


def in_column(data: Dataset, position: int, value: float) -> str:
    """Return a value in words: a number, or the name of the column's category."""
    categories = data.categories[position]
    return number(float(value)) if categories is None else short(categories[int(value)])


def excerpt(text: str, marked: AbstractSet[str]) -> tuple[tuple[str, bool], ...]:
    """Return the beginning of a text as fragments, each with whether it is highlighted.

    >>> excerpt("A fine day", {"fine"})
    (('A ', False), ('fine', True), (' day', False))
    """
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    fragments: list[tuple[str, bool]] = []
    end = 0
    for match in WORD.finditer(shown):
        if match.group().lower() in marked:
            fragments += [(shown[end : match.start()], False), (match.group(), True)]
            end = match.end()
    fragments.append((shown[end:], False))
    return tuple(fragment for fragment in fragments if fragment[0])


def summary(data: Dataset | None, index: int) -> str:
    """Return an example in one line: the beginning of a text or of a row; empty for a picture."""
    if data is None or data.modality == "image":
        return ""
    if data.modality == "text":
        return "".join(fragment for fragment, _ in excerpt(str(data.inputs[index]), frozenset()))
    shown = data.columns[:MOST_COLUMNS]
    more = " …" if len(data.columns) > len(shown) else ""
    return " · ".join(f"{name} {cell(data, index, name)}" for name in shown) + more
