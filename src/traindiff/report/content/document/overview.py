"""What was compared, on what, and whether it is fit to be compared."""

from dataclasses import dataclass

from traindiff.algorithms.recipe import Setting
from traindiff.datasets.summary import ColumnSummary, PartSummary
from traindiff.lenses.predictions.metrics import ClassScore, Metric, Performance
from traindiff.pair import Pair

__all__ = [
    "ClassScore",
    "ColumnSummary",
    "Data",
    "Metric",
    "Models",
    "PartSummary",
    "Performance",
    "Recipes",
    "Setting",
]


@dataclass(frozen=True, kw_only=True)
class Models:
    """What was compared."""

    names: Pair[str]
    n_models: Pair[int] | None
    paired: bool | None
    output: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Recipes:
    """What A and B differ in, in one sentence; `settings` has every one, differing ones first."""

    same: bool
    sentence: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, kw_only=True)
class Data:
    """What it was compared on. `modality` is "none" where only arrays were given.

    `notes` say what was left out in reading, `doubts` what would mislead whoever trains on it.
    """

    name: str
    modality: str
    classes: tuple[str, ...]
    n_train: int
    n_targets: int
    n_verification: int
    fingerprints: dict[str, str]
    unused: int = 0
    parts: tuple[PartSummary, ...] = ()
    columns: tuple[ColumnSummary, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
