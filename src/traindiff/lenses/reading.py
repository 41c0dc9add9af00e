"""One lens on two ensembles: its value beside what the same models give under other labellings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

from traindiff import seeding
from traindiff.lenses.base import Lens, Models, Prepared
from traindiff.lenses.exhibits import Exhibit
from traindiff.pair import Pair
from traindiff.statistics.relabelling import Draws, exceedance, labellings

__all__ = ["FEWEST", "Band", "Control", "Reading", "corrected", "read"]

FEWEST = 3
"""Models a side below which no null band is drawn."""
LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class Band:
    """What the value is when models are called A's and B's at random.

    Parameters
    ----------
    low, median, high : float
        Quantiles 5%, 50% and 95% of the null sample: one labelling in twenty reaches ``high``.
    draws : int
        Size of the null sample.
    """

    low: float
    median: float
    high: float
    draws: int


@dataclass(frozen=True, kw_only=True)
class Control:
    """The same lens on two halves of A's models, which differ by chance alone.

    Parameters
    ----------
    value, p_value : float
        As in `Reading`.
    """

    value: float
    p_value: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reading:
    """The answer of a lens.

    Parameters
    ----------
    lens, question, unit : str
        Name of the lens, what it asks, and what its value counts.
    value : float
        How different A and B are; higher = more different, around 0 where they are not.
    n_models : Pair of int
    paired : bool
        Whether model i of A and of B share subset and seed: then they are swapped in the null.
    band : Band or None
        None with fewer than 3 models a side, as are the p-value and all that belongs to it.
    p_value : float or None
        Of "which models are A's makes no difference": share of labellings whose value is at least
        as high.
    smallest_p : float or None
        The smallest p-value that so many models and relabellings allow.
    q_value : float or None
        The p-value corrected for all lenses looked through together [BH].
    control : Control or None
        None with fewer than 6 models of A.
    exhibits : tuple
        What to look at, as plain data (see `traindiff.lenses.exhibits`).
    note : str
        What keeps the reading from saying more; empty where nothing does.
    """

    lens: str
    question: str
    unit: str
    value: float
    n_models: Pair[int]
    paired: bool
    band: Band | None = None
    p_value: float | None = None
    smallest_p: float | None = None
    q_value: float | None = None
    control: Control | None = None
    exhibits: tuple[Exhibit, ...] = field(default=())
    note: str = ""

    def __post_init__(self) -> None:
        """Check that the value is a number, and that a p-value comes with its band."""
        assert math.isfinite(self.value), f"{self.lens} found {self.value}"
        assert (self.band is None) == (self.p_value is None) == (self.smallest_p is None)

    @property
    def significant(self) -> bool | None:
        """Whether p ≤ 0.05, also corrected for all lenses; None where nothing was tested."""
        if self.p_value is None:
            return None
        return (self.p_value if self.q_value is None else self.q_value) <= LEVEL

    def __repr__(self) -> str:
        said = self.note
        if self.band is not None:
            said = (
                f"by chance up to {self.band.high:.3g}, p = {self.p_value:.3g} "
                f"(smallest possible {self.smallest_p:.2g})"
            )
        models = f"{self.n_models.a} and {self.n_models.b} models{' in pairs' * self.paired}"
        return f"<Reading: {self.question} {self.value:.3g} ({self.unit}), {said}; {models}>"


def read(lens: Lens, models: Models, is_a: np.ndarray, *, relabellings: int, seed: int) -> Reading:
    """Look at two ensembles through one lens.

    Parameters
    ----------
    lens : Lens
    models : Models
        Of both sides; where they pair up, every model has its partner.
    is_a : bool array, shape [models]
        Whose they are.
    relabellings : int
        Size of the null sample: all labellings where they are at most so many, else so many at
        random. The same seed gives the same ones for every lens.
    seed : int
    """
    prepared = lens.prepare(models)
    reading = Reading(
        lens=lens.name,
        question=lens.question,
        unit=lens.unit,
        value=float(prepared.value(is_a)),
        n_models=Pair(int(is_a.sum()), int((~is_a).sum())),
        paired=len(np.unique(models.pairs)) < len(models),
        exhibits=prepared.show(is_a),
        note=f"no band: give at least {FEWEST} models a side.",
    )
    if min(reading.n_models) < FEWEST:
        return reading
    null, draws = _null(prepared, models, is_a, relabellings, seed)
    low, median, high = np.quantile(null, [LEVEL, 0.5, 1 - LEVEL]).tolist()
    return replace(
        reading,
        band=Band(low=low, median=median, high=high, draws=draws.count),
        p_value=exceedance(reading.value, null),
        smallest_p=draws.smallest_p_value,
        control=_control(lens, models.take(np.flatnonzero(is_a)), relabellings, seed),
        note=_too_few(reading, draws),
    )


def corrected(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Return readings with q-values over those that have a p-value [BH]."""
    p_values = [each.p_value for each in readings if each.p_value is not None]
    q_values = iter(stats.false_discovery_control(p_values).tolist() if p_values else ())
    return tuple(
        each if each.p_value is None else replace(each, q_value=next(q_values)) for each in readings
    )


def _null(
    prepared: Prepared, models: Models, is_a: np.ndarray, most: int, seed: int
) -> tuple[np.ndarray, Draws]:
    drawn, draws = labellings(is_a, models.pairs, most=most, seed=seeding.derive(seed, "lenses"))
    return prepared.value(drawn), draws


def _control(lens: Lens, models: Models, most: int, seed: int) -> Control | None:
    """Compare two random halves of one side's models."""
    if len(models) < 2 * FEWEST:
        return None
    order = seeding.stream(seed, "lenses", "control").permutation(len(models))
    first, prepared = order < len(models) // 2, lens.prepare(models)
    value = float(prepared.value(first))
    null, _ = _null(prepared, models, first, most, seeding.derive(seed, "control"))
    return Control(value=value, p_value=exceedance(value, null))


def _too_few(reading: Reading, draws: Draws) -> str:
    least = draws.smallest_p_value
    if least <= LEVEL:
        return ""
    pairs = " in pairs" if reading.paired else ""
    return (
        f"{reading.n_models.a} and {reading.n_models.b} models{pairs} allow no p-value below "
        f"{least:.2g}: give more models, or more relabellings."
    )
