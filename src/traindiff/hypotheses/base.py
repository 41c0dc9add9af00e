"""A hypothesis: a transformation of the input that should move one algorithm and not the other."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np

from traindiff.datasets import Dataset, Modality

__all__ = ["Hypothesis", "Slice", "Transform"]

Slice = Literal["all", "class", "not-class"]


class Transform(Protocol):
    """An input transformation F: a small frozen value (METHOD §6).

    ``strength`` runs from 0 (identity) to the kind's own maximum; every kind states its unit.
    """

    kind: ClassVar[str]
    modality: ClassVar[Modality]
    strength: float

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if the transformation does not fit ``data``."""
        ...

    def apply(self, inputs: np.ndarray) -> np.ndarray:
        """Return transformed inputs: a new array of the same shape, dtype and range."""
        ...

    def with_strength(self, strength: float) -> Self:
        """Return the same transformation at another strength."""
        ...

    def placebo(self, data: Dataset, seed: int) -> "Transform":
        """Return the same kind of transformation with its content taken at random from ``data``."""
        ...

    def describe(self) -> str:
        """Return one line for people."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-like values, ``kind`` included, from which it can be built again."""
        ...


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
        What is measured: "margin", "probability" (of ``class_name``) or "prediction" (regression).
    class_name : str or None
        The class whose probability is measured, and which `inputs` refers to.
    inputs : {"all", "class", "not-class"}
        Which inputs are transformed: all, those of the class, or all but those of the class.
    direction : int or None
        The direction that suggested it.
    side : {"A", "B"} or None
        Which algorithm it is expected to move.
    score : float or None
        |effect on the side| − |effect on the other|, measured on discovery inputs.
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
