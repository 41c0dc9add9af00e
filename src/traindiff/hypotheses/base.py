"""A hypothesis: a transformation of the input that should move one algorithm and not the other."""

from dataclasses import dataclass
from typing import Literal

from traindiff.transforms.base import Transform

__all__ = ["Hypothesis", "Slice"]

Slice = Literal["all", "class", "not-class"]


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """What is claimed, written down before it is tested.

    Parameters
    ----------
    name : str
        Unique within a study.
    transform : Transform
    author : str
        "traindiff" for an automatic proposal, otherwise who had the idea.
    output : str
        What is measured (`traindiff.hypotheses.measures`): "margin", "probability", "log-odds" or
        "rate" (all three of ``class_name``), "prediction" (regression).
    class_name : str or None
        The class whose probability is measured, and which `inputs` refers to.
    inputs : {"all", "class", "not-class"}
        Which inputs are transformed: all, those of the class, or all but those of the class.
    direction : int or None
        The direction that suggested it.
    side : {"A", "B"} or None
        Which algorithm it is expected to move; None: either.
    score : float or None
        |effect on the side| − |effect on the other|, measured on discovery inputs, in the output's
        units.
    candidates : int or None
        How many transformations were tried to find it.
    """

    name: str
    transform: Transform
    author: str
    output: str
    class_name: str | None = None
    inputs: Slice = "all"
    direction: int | None = None
    side: Literal["A", "B"] | None = None
    score: float | None = None
    candidates: int | None = None
