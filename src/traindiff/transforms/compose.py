"""Several transformations in a row, as one."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
from pydantic import InstanceOf, PlainSerializer

from traindiff.datasets import Dataset, Modality
from traindiff.errors import InputError
from traindiff.seeding import derive
from traindiff.transforms.base import Transform

__all__ = ["Compose"]

_Step = Annotated[InstanceOf[Transform], PlainSerializer(Transform.to_dict)]


@dataclass(frozen=True, kw_only=True)
class Compose:
    """Apply ``steps`` one after another. ``strength`` multiplies each step's own.

    The placebo is the row of their placebos.
    """

    kind: ClassVar[str] = "compose"
    steps: tuple[_Step, ...]

    def __post_init__(self) -> None:
        """Refuse an empty row and steps for different inputs."""
        if not self.steps or len({step.modality for step in self.steps}) > 1:
            raise InputError(
                "compose: give one or more steps, all for the same kind of input; "
                f"found {[step.kind for step in self.steps]}."
            )

    @property
    def modality(self) -> Modality:
        """What inputs it changes."""
        return self.steps[0].modality

    def bind(self, data: Dataset) -> "Compose":
        """Return the row with every step ready for ``data``."""
        return replace(self, steps=tuple(step.bind(data) for step in self.steps))

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return inputs after all steps."""
        for step in self.steps:
            inputs = step.with_strength(strength * step.strength).apply(inputs)
        return inputs

    def placebo(self, data: Dataset, seed: int) -> "Compose":
        """Return the row of the steps' placebos."""
        placebos = [s.placebo(data, derive(seed, "step", i)) for i, s in enumerate(self.steps)]
        return replace(self, steps=tuple(placebos))

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return ", then ".join(
            step.with_strength(strength * step.strength).describe() for step in self.steps
        )
