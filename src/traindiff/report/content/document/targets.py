"""How A and B fare on the targets, on all together and on each."""

from dataclasses import dataclass

from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval

__all__ = ["Agreement", "Calibration", "Examples", "Influence", "Intervals"]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Whether one algorithm's models are as sure as they are right.

    `overconfidence` is the mean probability of the predicted class − accuracy; `error` the expected
    calibration error over bins of equal counts, whose means are `confidence` and `accuracy`.
    """

    overconfidence: Interval
    error: float
    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How often A and B are right and say the same.

    The 2x2 shares, for a model of each drawn at random, add up to 1. `self_disagreement` is
    between models of one algorithm: what chance alone brings. `mostly` counts targets by who is
    right in more than half of the models. `only_right_pairs` compares model i of A with model i of
    B; `p_value` tests that the two are equally large.
    """

    accuracy: Pair[Interval]
    accuracy_difference: Interval
    disagreement: Interval
    self_disagreement: Pair[Interval]
    both_right: float
    only_right: Pair[float]
    both_wrong: float
    mostly_both_right: int
    mostly_only_right: Pair[int]
    mostly_both_wrong: int
    only_right_pairs: Pair[Interval]
    p_value: float
    calibration: Pair[Calibration] | None


@dataclass(frozen=True, kw_only=True)
class Influence:
    """For each target, the training examples that matter most to one algorithm, and how much.

    `train` and `weights` have one list a target, from the most positive to the most negative.
    """

    train: tuple[tuple[int, ...], ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """An estimate for each target, with its 95% interval over models; empty where not known."""

    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Every target, column by column; an absent column is empty.

    `train_ids`, `train_labels` and `train_texts` describe the training examples that the two
    influences name, by index.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    accuracy: Pair[tuple[float, ...]]
    only_right: Pair[Intervals]
    gain: Intervals
    gain_q_value: tuple[float, ...]
    output: Pair[tuple[float, ...]]
    similarity: tuple[float, ...]
    statistic: tuple[float, ...]
    q_value: tuple[float, ...]
    projections: dict[str, tuple[float, ...]]
    influence: Pair[Influence] | None
    train_ids: dict[str, str]
    train_labels: dict[str, str]
    texts: tuple[str, ...]
    train_texts: dict[str, str]
