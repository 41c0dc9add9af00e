"""What a report says, as plain data: the one source of the page, the JSON and the Markdown.

Field names are those of ``report.json`` (schema version `SCHEMA`); numbers keep six significant
digits.
"""

from dataclasses import dataclass
from typing import Any

from traindiff.report.content.example_table import Examples, Influence
from traindiff.report.content.lens_card import LensCard

__all__ = [
    "SCHEMA",
    "Agreement",
    "Answer",
    "Bin",
    "Calibration",
    "Changed",
    "Column",
    "Curve",
    "Data",
    "Diagnostics",
    "Direction",
    "Document",
    "Dose",
    "End",
    "Enrichment",
    "Examples",
    "Influence",
    "Interval",
    "LensCard",
    "Member",
    "Models",
    "Point",
    "Quality",
    "Reproduction",
    "Similarity",
    "Trial",
]

SCHEMA = "traindiff-report/1"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate and its 95% interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer in words. `found` is None where nothing was tested.

    `tests` are the p-values of the statistics that the global one combines.
    """

    found: bool | None
    headline: str
    sentences: tuple[str, ...]
    p_value: float | None
    level: float
    smallest_p_value: float | None
    tests: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Models:
    """What was compared."""

    a: str
    b: str
    n_a: int | None
    n_b: int | None
    paired: bool | None
    output: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Data:
    """What it was compared on. `modality` is "none" where only arrays were given."""

    name: str
    modality: str
    classes: tuple[str, ...]
    n_train: int
    n_targets: int
    n_verification: int
    fingerprints: dict[str, str]


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

    The 2x2 shares, for a model of each drawn at random, add up to 1. `self_disagreement_a` and `_b`
    are between models of one algorithm: what chance alone brings. `mostly` counts targets by who
    is right in more than half of the models. `only_a_right_pairs` and `_b_` compare model i of A
    with model i of B; `p_value` tests that the two are equally large.
    """

    accuracy_a: Interval
    accuracy_b: Interval
    accuracy_difference: Interval
    disagreement: Interval
    self_disagreement_a: Interval
    self_disagreement_b: Interval
    both_right: float
    only_a_right: float
    only_b_right: float
    both_wrong: float
    mostly_both_right: int
    mostly_only_a_right: int
    mostly_only_b_right: int
    mostly_both_wrong: int
    only_a_right_pairs: Interval
    only_b_right_pairs: Interval
    p_value: float
    calibration_a: Calibration | None
    calibration_b: Calibration | None


@dataclass(frozen=True, kw_only=True)
class Bin:
    """One bar of a histogram."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """Cosine of the two algorithms' datamodels, target by target."""

    mean: float
    median: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, kw_only=True)
class Point:
    """One computed direction, significant or not. Numbered from 1.

    `strength_a` and `strength_b` are measured on models that had no say in finding it, in output
    units; `explained_a` and `explained_b` are shares of the datamodels' variance.
    """

    number: int
    significant: bool
    p_value: float | None
    singular_value: float
    explained_a: float
    explained_b: float
    strength_a: float | None
    strength_b: float | None
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
class Direction:
    """A card: one distinguishing training direction.

    It is `unstable` where two halves of the models agree on it less than half: that something
    differs is sure, what the examples have in common is not. `train_beyond_noise` counts training
    examples whose weight stands out of the noise, at a false discovery rate of 10%.
    """

    number: int
    significant: bool
    unstable: bool
    p_value: float | None
    side: str | None
    explained_a: float
    explained_b: float
    strength_a: float | None
    strength_b: float | None
    singular_value: float
    projection_correlation: float | None
    train_overlap: float | None
    train_beyond_noise: int | None
    ends: tuple[End, ...]


@dataclass(frozen=True, kw_only=True)
class Dose:
    """Effects at one strength of a transformation."""

    strength: float
    a: Interval
    b: Interval
    placebo_a: Interval
    placebo_b: Interval


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A row (the columns that change) or a text, before and after, and under a placebo."""

    id: str
    before: str
    after: str
    placebo: str


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A hypothesis and what its test said. `candidates`: transformations tried to find it."""

    name: str
    description: str
    transform: dict[str, Any]
    author: str
    state: str
    sentence: str
    reason: str
    measured: str
    unit: str
    on: str
    direction: int | None = None
    side: str | None = None
    score: float | None = None
    candidates: int | None = None
    changes: tuple[Changed, ...] = ()
    a: Interval | None = None
    b: Interval | None = None
    difference: Interval | None = None
    placebo_a: Interval | None = None
    placebo_b: Interval | None = None
    doses: tuple[Dose, ...] = ()
    p_value: float | None = None
    q_value: float | None = None
    epsilon: float | None = None
    delta: float | None = None
    n_models: int = 0
    n_inputs: int = 0


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Linear datamodeling score of one algorithm's datamodels (rank correlation, 1 = perfect)."""

    algorithm: str
    mean: float
    low: float
    high: float
    quartiles: tuple[float, ...]
    n_models: int


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Linear datamodeling score of difference datamodels against the number of models fitted.

    `lds`, `low` and `high` belong to `sizes`; lds(m) ≈ `limit` / sqrt(1 + `half` / m).
    """

    algorithm: str
    sizes: tuple[int, ...]
    lds: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    limit: float
    half: float


@dataclass(frozen=True, kw_only=True)
class Diagnostics:
    """How far to trust the above, and what was left out."""

    quality: tuple[Quality, ...]
    curves: tuple[Curve, ...]
    power: str | None
    models_needed: int | None
    control_p_value: float | None
    control: str | None
    scale: float
    scales: tuple[float, ...]
    scale_p_values: tuple[float, ...]
    null_level: float | None
    excluded_targets: int
    excluded_train: int
    notes: tuple[str, ...]
    not_tested: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """What it takes to obtain the same report. `study` is a study file, in TOML."""

    command: str
    study: str
    settings: dict[str, Any]
    versions: dict[str, str]
    timings: dict[str, float]
    permutations: int | None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole report."""

    schema: str
    title: str
    method: str
    answer: Answer
    models: Models
    data: Data
    agreement: Agreement | None
    similarity: Similarity
    points: tuple[Point, ...]
    directions: tuple[Direction, ...]
    train_used_differently: int | None
    targets_explained_differently: int | None
    trials: tuple[Trial, ...]
    lenses: tuple[LensCard, ...]
    diagnostics: Diagnostics
    examples: Examples
    reproduction: Reproduction
