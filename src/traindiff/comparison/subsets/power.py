"""How many more models it would take (METHOD §5.9)."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from traindiff.comparison.parts import Power
from traindiff.comparison.testing.omnibus import ScaleTest

__all__ = ["advise"]

WANTED_POWER = 0.8
FAINT = 0.5
LEAST_GROWTH = 1.25
"""As many models as there are were not enough: advise at least so many times as many."""


def advise(
    p_value: float,
    shown: ScaleTest,
    half_totals: Sequence[float],
    *,
    n_models: int,
    level: float,
) -> Power:
    """Extrapolate the sum of squares of Z, whose excess over noise grows in proportion to models.

    The growth rate is fitted through the origin to the excess seen with all models and with each
    half of them, ``half_totals`` being the sums of squares of the halves' own Z, each over 2 for
    the doubled noise of half the models.
    """
    if p_value <= level:
        return Power(
            models_needed=n_models,
            message=f"{n_models:,} models a side were enough to see a difference.",
        )
    rate = _growth(shown, half_totals, n_models)
    height = rate * n_models
    if height < FAINT:
        return Power(
            models_needed=None,
            message="Nothing in how the difference grew with the number of models suggests that "
            "more would show one.",
        )
    needed = _round_up(
        max((norm.ppf(1 - level) + norm.ppf(WANTED_POWER)) / rate, LEAST_GROWTH * n_models)
    )
    return Power(
        models_needed=needed,
        message=(
            f"If the slight excess over noise is real, about {needed:,} models a side would show "
            f"it with a probability of {WANTED_POWER:.0%}; {n_models:,} were used."
        ),
    )


def _growth(shown: ScaleTest, half_totals: Sequence[float], n_models: int) -> float:
    """Return standardised excess per model."""
    mean, spread = shown.total_null
    if spread == 0:
        return 0.0
    # Through the origin: whitened noise has the same size with any number of models, and a
    # difference over it grows with their number.
    totals = np.array([shown.observed.total, *half_totals])
    models = n_models * np.array([1.0, 0.5, 0.5])
    return float(models @ ((totals - mean) / spread) / (models @ models))


def _round_up(models: float) -> int:
    """Return ``models`` rounded up to two significant digits."""
    unit = 10 ** max(math.floor(math.log10(models)) - 1, 0)
    return int(math.ceil(models / unit) * unit)
