"""What an augmentation is: a pure function of a batch and of uniform numbers in [0, 1).

It takes a fixed count of them for each example. So the models' own random streams are drawn
outside, and one call serves the batches of many models at once.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor

from traindiff.errors import InputError

__all__ = ["Augmentation", "need_image"]


@runtime_checkable
class Augmentation(Protocol):
    """A random change of training examples, drawn anew for each example at each step."""

    @property
    def name(self) -> str:
        """What a study file calls it; also names its random stream."""
        ...

    def check(self, input_shape: Sequence[int]) -> None:
        """Raise `InputError` when examples of this shape can't be augmented so."""
        ...

    def n_draws(self, input_shape: Sequence[int]) -> int:
        """Return how many uniform numbers one example takes."""
        ...

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        """Return the changed batch.

        Parameters
        ----------
        batch : tensor, shape [examples, ...]
            Examples of all models, one after another; images are [examples, channels, height,
            width].
        draws : tensor, shape [examples, n_draws]
            Uniform in [0, 1).
        """
        ...


def need_image(name: str, input_shape: Sequence[int]) -> None:
    """Raise `InputError` unless examples are [channels, height, width]."""
    if len(input_shape) != 3:
        raise InputError(
            f"augmentation {name!r} needs images [channels, height, width], "
            f"found examples of shape {tuple(input_shape)}."
        )
