"""How far to trust the answer."""

from dataclasses import dataclass

from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval

__all__ = ["Curve", "Diagnostics", "Quality"]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Linear datamodeling score of one algorithm's datamodels (rank correlation, 1 = perfect)."""

    lds: Interval
    quartiles: tuple[float, ...]
    n_models: int


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Linear datamodeling score of difference datamodels against the number of models fitted.

    `lds`, `low` and `high` belong to `sizes`; lds(m) ≈ `limit` / sqrt(1 + `half` / m).
    """

    sizes: tuple[int, ...]
    lds: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    limit: float
    half: float


@dataclass(frozen=True, kw_only=True)
class Diagnostics:
    """How far to trust the above, and what was left out.

    `use` is the share of each algorithm's output variance that masks explain linearly.
    """

    quality: Pair[Quality] | None
    curves: Pair[Curve] | None
    use: Pair[Interval] | None
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
