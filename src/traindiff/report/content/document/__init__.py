"""What a report says, as plain data: the one source of the page, the JSON and the Markdown.

Field names are those of ``report.json`` (schema version `SCHEMA`), which gives numbers to six
significant digits; here they are as they were computed. What there is of A and of B is a pair.
"""

from dataclasses import dataclass
from typing import Any

from traindiff.report.content.document.diagnostics import Curve, Diagnostics, Quality
from traindiff.report.content.document.directions import (
    Column,
    Direction,
    End,
    Enrichment,
    Member,
    Point,
)
from traindiff.report.content.document.focusing import Focusing, FocusStep, Group
from traindiff.report.content.document.lenses import LensCard
from traindiff.report.content.document.overview import (
    ClassScore,
    ColumnSummary,
    Data,
    Metric,
    Models,
    PartSummary,
    Performance,
    Recipes,
    Setting,
)
from traindiff.report.content.document.targets import (
    Agreement,
    Calibration,
    Examples,
    Influence,
    Intervals,
)
from traindiff.report.content.document.trials import Changed, Dose, Trial
from traindiff.report.made import Made
from traindiff.saved import SCHEMA
from traindiff.statistics.bootstrap import Interval

__all__ = [
    "POINTS",
    "SCHEMA",
    "UNITS",
    "Agreement",
    "Answer",
    "Bin",
    "Calibration",
    "Changed",
    "ClassScore",
    "Column",
    "ColumnSummary",
    "Curve",
    "Data",
    "Diagnostics",
    "Direction",
    "Document",
    "Dose",
    "End",
    "Enrichment",
    "Examples",
    "FocusStep",
    "Focusing",
    "Group",
    "Influence",
    "Interval",
    "Intervals",
    "LensCard",
    "Made",
    "Member",
    "Metric",
    "Models",
    "PartSummary",
    "Performance",
    "Point",
    "Quality",
    "Recipes",
    "Reproduction",
    "Setting",
    "Similarity",
    "Trial",
]

POINTS = "percentage points"
UNITS = {
    "margin": "log-odds of the right class",
    "negative-cross-entropy": "log-probability of the right class",
    "negative-error": "units of the label, higher = closer",
    "prediction": "units of the label",
    "probability": POINTS,
    "rate": POINTS,
}
"""Of outputs, by name; one that is not here is its own unit."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer in words. `found` is None where nothing was tested.

    `tests` are the p-values of the statistics that the global one combines; `strength_p_value` that
    of "only in how strongly each target reacts"; `misaligned` says why the comparison means
    nothing.
    """

    found: bool | None
    headline: str
    sentences: tuple[str, ...]
    p_value: float | None
    level: float
    smallest_p_value: float | None
    tests: dict[str, float]
    strength_p_value: float | None
    misaligned: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bin:
    """One bar of a histogram."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """Cosine of the two algorithms' datamodels, target by target.

    `without_noise` is one cosine over all targets, less the noise that lowers those of estimates.
    """

    mean: float
    median: float
    without_noise: float | None
    bins: tuple[Bin, ...]


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
    made: Made | None
    method: str
    answer: Answer
    cautions: tuple[str, ...]
    models: Models
    recipes: Recipes | None
    data: Data
    performance: Performance | None
    agreement: Agreement | None
    similarity: Similarity
    points: tuple[Point, ...]
    directions: tuple[Direction, ...]
    train_used_differently: int | None
    targets_explained_differently: int | None
    trials: tuple[Trial, ...]
    focusing: Focusing | None
    lenses: tuple[LensCard, ...]
    diagnostics: Diagnostics
    examples: Examples
    reproduction: Reproduction
