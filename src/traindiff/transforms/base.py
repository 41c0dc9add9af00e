"""A transformation of the input: a change, and how much of it (METHOD §6)."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from traindiff.datasets import Dataset, Modality
from traindiff.errors import InputError
from traindiff.transforms.parameters import check_strength, checked, to_dict, values_of

__all__ = ["Change", "Transform"]


class Change(Protocol):
    """What a transformation does, whatever its strength: a frozen dataclass of typed parameters.

    Adding a kind is writing one such class and naming it in the ``CHANGES`` of its inputs.
    """

    kind: ClassVar[str]

    @property
    def modality(self) -> Modality:
        """What inputs it changes."""
        ...

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return changed inputs: a new array of the same shape, dtype and range.

        ``strength`` 0 returns the inputs as they are; `InputError` when the change doesn't fit.
        """
        ...

    def bind(self, data: Dataset) -> "Change":
        """Return the change with what it needs from ``data`` filled in (a column's position)."""
        ...

    def placebo(self, data: Dataset, seed: int) -> "Change":
        """Return the same kind of change with its content taken at random from ``data``."""
        ...

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        ...


@dataclass(frozen=True, kw_only=True)
class Transform:
    """An input transformation F: a change at a strength (METHOD §6).

    Parameters
    ----------
    change : Change
        What is done, such as ``Patch(x=0, y=0, size=3)``.
    strength : float
        How much of it, from 0 (nothing) to 1 (all). Every kind states what it scales: a patch's
        opacity, a shift's distance, the share of rows whose category is set.

    Raises
    ------
    InputError
        When the strength or a parameter of the change is of the wrong type or out of range.
    """

    change: Change
    strength: float = 1.0

    def __post_init__(self) -> None:
        """Check the strength and every parameter."""
        check_strength(self.kind, self.strength)
        object.__setattr__(self, "change", checked(type(self.change), values_of(self.change)))

    @property
    def kind(self) -> str:
        """Name of the change, as in study files."""
        return self.change.kind

    @property
    def modality(self) -> Modality:
        """What inputs it transforms."""
        return self.change.modality

    def bind(self, data: Dataset) -> "Transform":
        """Return the transformation ready for ``data``; `InputError` if it does not fit."""
        if data.modality != self.modality:
            raise InputError(
                f"{self.kind} transforms {self.modality} inputs, but {data.name} holds "
                f"{data.modality} inputs: choose a transformation for {data.modality} inputs."
            )
        bound = replace(self, change=self.change.bind(data))
        bound.apply(data.inputs[:1])
        return bound

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if the transformation does not fit ``data``."""
        self.bind(data)

    def apply(self, inputs: np.ndarray) -> np.ndarray:
        """Return transformed inputs: a new array of the same shape, dtype and range."""
        return self.change.apply(inputs, self.strength)

    def with_strength(self, strength: float) -> "Transform":
        """Return the same transformation at another strength."""
        return replace(self, strength=strength)

    def placebo(self, data: Dataset, seed: int) -> "Transform":
        """Return the same kind of transformation with its content taken at random from ``data``."""
        return replace(self, change=self.change.placebo(data, seed))

    def describe(self) -> str:
        """Return one line for people."""
        return self.change.describe(self.strength)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-like values, ``kind`` and ``strength`` included, to build it from again."""
        return {"kind": self.kind, **to_dict(self.change), "strength": self.strength}
