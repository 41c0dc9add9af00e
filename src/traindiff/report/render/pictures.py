"""Which pictures a report needs: of examples, and of inputs before and after a transformation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from traindiff.datasets import Dataset, Splits
from traindiff.report.content.before_after import Applied
from traindiff.report.content.document import Direction, Document, Examples
from traindiff.report.render.thumbnails import Sheets

__all__ = ["Pictures", "Triple", "on_cards", "pictures"]


@dataclass(frozen=True, kw_only=True)
class Triple:
    """One input as it is, transformed, and under a placebo: places on the sheets."""

    id: str
    before: int
    after: int
    placebo: int


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Places on the sheets: of examples by split and index, of changed inputs by hypothesis."""

    sheets: Sheets
    targets: dict[int, int]
    train: dict[int, int]
    changed: dict[str, tuple[Triple, ...]]


def pictures(
    splits: Splits | None, document: Document, changed: Mapping[str, Applied]
) -> Pictures | None:
    """Return the pictures of a study of images; None for anything else.

    Cards and transformations come first, then targets with the training examples that matter to
    them, in the order of the table, while there is room.
    """
    shown = on_cards(splits, document.directions)
    if shown is None or splits is None:
        return None
    sheets = shown.sheets
    shown.changed.update({name: _triples(sheets, each) for name, each in changed.items()})
    for target in _most_different(document.examples):
        if not sheets.has_room:
            break
        new = [i for i in _influential(document.examples, target) if i not in shown.train]
        shown.targets.update(_placed(sheets, splits.targets, [target]))
        shown.train.update(_placed(sheets, splits.train, new))
    return shown


def on_cards(splits: Splits | None, directions: Iterable[Direction]) -> Pictures | None:
    """Return the pictures that the cards of some directions need; None without images."""
    if splits is None or splits.train.modality != "image":
        return None
    ends = [end for direction in directions for end in direction.ends]
    targets = sorted({member.index for end in ends for member in end.targets})
    train = sorted({member.index for end in ends for member in end.train})
    sheets = Sheets(height=splits.train.inputs.shape[2], width=splits.train.inputs.shape[3])
    return Pictures(
        sheets=sheets,
        targets=_placed(sheets, splits.targets, targets),
        train=_placed(sheets, splits.train, train),
        changed={},
    )


def _most_different(examples: Examples) -> list[int]:
    """Return the targets in the order in which the table opens."""
    values = examples.statistic or [-cosine for cosine in examples.similarity]
    return sorted(range(len(values)), key=lambda target: -values[target])


def _influential(examples: Examples, target: int) -> list[int]:
    both = examples.influence or ()
    return [index for each in both for index in each.train[target]]


def _placed(sheets: Sheets, data: Dataset, indices: Iterable[int]) -> dict[int, int]:
    return {index: sheets.add(data.inputs[index]) for index in indices}


def _triples(sheets: Sheets, each: Applied) -> tuple[Triple, ...]:
    return tuple(
        Triple(id=name, before=sheets.add(x), after=sheets.add(y), placebo=sheets.add(z))
        for name, x, y, z in zip(each.ids, each.before, each.after, each.placebo, strict=True)
    )
