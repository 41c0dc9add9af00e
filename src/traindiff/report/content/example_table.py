"""The part of a report's data that is about every target by itself (see `document`)."""

from dataclasses import dataclass

__all__ = ["Examples", "Influence"]


@dataclass(frozen=True, kw_only=True)
class Influence:
    """For each target, the training examples that matter most to one algorithm, and how much.

    `train` and `weights` have one list a target, from the most positive to the most negative.
    """

    train: tuple[tuple[int, ...], ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Every target, column by column; an absent column is empty.

    `train_ids`, `train_labels` and `train_texts` describe the training examples that the two
    influences name, by index.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    accuracy_a: tuple[float, ...]
    accuracy_b: tuple[float, ...]
    only_a_right: tuple[float, ...]
    only_a_right_low: tuple[float, ...]
    only_a_right_high: tuple[float, ...]
    only_b_right: tuple[float, ...]
    only_b_right_low: tuple[float, ...]
    only_b_right_high: tuple[float, ...]
    gain: tuple[float, ...]
    gain_low: tuple[float, ...]
    gain_high: tuple[float, ...]
    gain_q_value: tuple[float, ...]
    output_a: tuple[float, ...]
    output_b: tuple[float, ...]
    similarity: tuple[float, ...]
    statistic: tuple[float, ...]
    q_value: tuple[float, ...]
    projections: dict[str, tuple[float, ...]]
    influence_a: Influence | None
    influence_b: Influence | None
    train_ids: dict[str, str]
    train_labels: dict[str, str]
    texts: tuple[str, ...]
    train_texts: dict[str, str]
