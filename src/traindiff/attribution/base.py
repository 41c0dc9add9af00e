"""What an attribution method is: what it keeps of training examples, how it scores targets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from traindiff.attribution.examples import Examples
from traindiff.attribution.network import Network, Output
from traindiff.errors import InputError
from traindiff.progress import Advance

__all__ = ["Kept", "Method", "Task", "finite"]

Kept = Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """One checkpoint to attribute.

    Parameters
    ----------
    name : str
        Identity of the checkpoint's content; names its random projection.
    where : str
        What people know it by: its path, or its place.
    network : Network
    train, targets : Examples
    members : int64 tensor, shape [train]
        Place of each training example on the train axis: its own, or its group's.
    axis : int
        Length of the train axis.
    output : callable
        What is explained of a target.
    seed : int
    advance : callable
        Told how many examples are done.
    """

    name: str
    where: str
    network: Network
    train: Examples
    targets: Examples
    members: Tensor
    axis: int
    output: Output
    seed: int
    advance: Advance


@runtime_checkable
class Method(Protocol):
    """A way to attribute outputs to training examples.

    Scores are positive where seeing the training example raises the output of the target.
    """

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the scores, as JSON-like values."""
        ...

    def width(self, network: Network) -> int:
        """Return how many numbers are kept of each place on the train axis."""
        ...

    def keep(self, task: Task) -> Kept:
        """Return all that scoring needs to know of the training examples."""
        ...

    def score(self, task: Task, kept: Kept) -> Iterator[tuple[slice, Tensor]]:
        """Yield (rows, scores [rows, train axis]) of consecutive blocks of targets."""
        ...


def finite(values: Tensor, task: Task, what: str) -> Tensor:
    """Return ``values`` if they are finite.

    Raises
    ------
    InputError
        Naming the checkpoint.
    """
    if not torch.isfinite(values).all():
        raise InputError(
            f"{task.where}: {what} are NaN or infinite. The model diverged, or its outputs are too "
            "large for its precision: leave this checkpoint out."
        )
    return values
