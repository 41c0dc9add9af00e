"""Directions of the training data: every one as a point, the significant ones as cards."""

from dataclasses import dataclass

from traindiff.pair import Pair

__all__ = [
    "Column",
    "Direction",
    "End",
    "Enrichment",
    "Member",
    "Point",
]


@dataclass(frozen=True, kw_only=True)
class Point:
    """One computed direction, significant or not. Numbered from 1.

    `strength` is measured on models that had no say in finding it, in output units; `explained` are
    shares of the datamodels' variance.
    """

    number: int
    significant: bool
    p_value: float | None
    singular_value: float
    explained: Pair[float]
    strength: Pair[float] | None
    side: str | None


@dataclass(frozen=True, kw_only=True)
class Member:
    """An example on a card: its index within the split, its name, label and weight.

    `cells` are a table row's values of the end's `columns`; `text` the beginning of a text, in
    fragments, each with whether it is one of the end's `tokens`.
    """

    index: int
    id: str
    label: str
    weight: float
    cells: tuple[str, ...] = ()
    text: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Enrichment:
    """A property that one end of a direction has more (or, of a number, higher) than the others.

    `here` and `elsewhere` are shares of the group and of the other examples, or, where `value` is
    None, medians. `q_value` is corrected for all properties looked at.
    """

    name: str
    value: str | None
    size: int
    here: float
    elsewhere: float
    q_value: float


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table in which an end of a direction differs from all other examples.

    `shift` is the difference of means in standard deviations; for a category, of its shares.
    """

    name: str
    here: str
    elsewhere: str
    shift: float


@dataclass(frozen=True, kw_only=True)
class End:
    """One end of a direction: `targets` for which `leans` gains more from `train` than the other.

    It is `weak` where no target projects half as far as the farthest at the other end.
    """

    sign: int
    leans: str
    weak: bool
    summary: str
    targets: tuple[Member, ...]
    train: tuple[Member, ...]
    target_enrichment: tuple[Enrichment, ...]
    train_enrichment: tuple[Enrichment, ...]
    columns: tuple[Column, ...] = ()
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Direction(Point):
    """A card: one distinguishing training direction.

    It is `unstable` where two halves of the models agree on it less than half: that something
    differs is sure, what the examples have in common is not. It is `space_unstable` where they
    agree as little on the space of all significant directions; else other models would find the
    same examples, divided among directions in another way. `train_beyond_noise` counts training
    examples whose weight stands out of the noise, at a false discovery rate of 10%.
    """

    unstable: bool
    projection_correlation: float | None
    train_overlap: float | None
    space_agreement: float | None
    space_unstable: bool
    train_beyond_noise: int | None
    ends: tuple[End, ...]
