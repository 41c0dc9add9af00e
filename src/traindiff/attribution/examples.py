"""Examples as a network takes them: from a dataset, or from a person's own arrays."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.identity import fingerprint

__all__ = ["Examples", "Prepare"]

Prepare = Callable[[np.ndarray], np.ndarray]
"""From inputs as they are kept to those that the module takes."""

HASHED_AT_ONCE = 1024


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """Inputs and labels; read, prepared and moved to a device a block at a time.

    Parameters
    ----------
    inputs : array, shape [examples, ...]
        Sliced as needed, so that a memory-mapped file never has to fit into memory.
    labels : array, shape [examples]
        int64 class indices, or float32 values of a regression.
    prepare : callable
    """

    inputs: Any
    labels: np.ndarray
    prepare: Prepare = np.asarray

    @classmethod
    def of(cls, data: Dataset | Sequence[Any], name: str, prepare: Prepare | None = None) -> Self:
        """Return the examples of a dataset, or of a pair (inputs, labels).

        Raises
        ------
        InputError
            When a pair's lengths disagree, or labels are no class indices and no finite values.
        """
        if isinstance(data, Dataset):
            inputs, labels, prepare = data.inputs, data.labels, prepare or _as_float
        else:
            if len(data) != 2:
                raise InputError(f"{name}: expected a Dataset or a pair (inputs, labels).")
            inputs, labels = (_without_graph(part) for part in data)
            labels = np.asarray(labels)
        if len(inputs) != len(labels) or len(labels) == 0 or labels.ndim != 1:
            raise InputError(
                f"{name}: expected as many inputs as labels [examples], found {len(inputs)} inputs "
                f"and labels of shape {labels.shape}."
            )
        if labels.dtype.kind not in "iuf" or not np.isfinite(labels).all():
            raise InputError(f"{name}: labels must be class indices or finite values.")
        kind: Any = np.float32 if labels.dtype.kind == "f" else np.int64
        return cls(inputs=inputs, labels=labels.astype(kind), prepare=prepare or np.asarray)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def regression(self) -> bool:
        """Whether labels are values."""
        return self.labels.dtype.kind == "f"

    @property
    def fingerprint(self) -> str:
        """Identity of every prepared input and label."""
        parts = (self._slice(rows) for rows in self._rows(HASHED_AT_ONCE))
        return fingerprint([_digest(part) for part in parts] + [_digest(self.labels)])

    def blocks(self, size: int, device: torch.device) -> Iterator[tuple[slice, Tensor, Tensor]]:
        """Yield (rows, inputs, labels) of consecutive blocks on ``device``."""
        for rows in self._rows(size):
            inputs, labels = self.at(rows)
            yield rows, inputs.to(device), labels.to(device)

    def at(self, rows: slice) -> tuple[Tensor, Tensor]:
        """Return the prepared inputs and the labels of some rows, on the CPU."""
        return torch.as_tensor(self._slice(rows)), torch.from_numpy(self.labels[rows])

    def _rows(self, size: int) -> Iterator[slice]:
        return (slice(first, first + size) for first in range(0, len(self), size))

    def _slice(self, rows: slice) -> np.ndarray:
        return np.require(self.prepare(np.asarray(self.inputs[rows])), requirements=["C", "W"])


def _without_graph(values: Any) -> Any:
    return values.detach().cpu() if isinstance(values, Tensor) else values


def _as_float(inputs: np.ndarray) -> np.ndarray:
    return inputs.astype(np.float32, copy=False)


def _digest(values: np.ndarray) -> str:
    head = f"{values.dtype.str}{values.shape}".encode()
    return hashlib.blake2b(head + values.tobytes(), digest_size=16).hexdigest()
