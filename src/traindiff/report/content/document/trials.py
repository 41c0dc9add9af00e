"""Hypotheses, and what their tests said."""

from dataclasses import dataclass
from typing import Any

from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval
from traindiff.verification import Dose

__all__ = ["Changed", "Dose", "Trial"]


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A row (the columns that change) or a text, before and after, and under a placebo."""

    id: str
    before: str
    after: str
    placebo: str


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A hypothesis and what its test said. `candidates`: transformations tried to find it.

    `contrast`: whether A and B are moved differently; `still`: whether the side that should not be
    moved is not ("yes", "no", "unclear"). `limits`: what the test could not see.
    """

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
    contrast: str | None = None
    still: str | None = None
    limits: tuple[str, ...] = ()
    changes: tuple[Changed, ...] = ()
    effect: Pair[Interval] | None = None
    difference: Interval | None = None
    placebo: Pair[Interval] | None = None
    doses: tuple[Dose, ...] = ()
    p_value: float | None = None
    q_value: float | None = None
    epsilon: float | None = None
    delta: float | None = None
    n_models: int = 0
    n_inputs: int = 0
