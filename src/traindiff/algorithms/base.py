"""What a learning algorithm is to traindiff: many models in, one ensemble out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Shaped

from traindiff.datasets import Dataset
from traindiff.progress import Advance

__all__ = ["Algorithm", "Chunked", "Ensemble", "Fallible", "default_chunk"]

CHUNK = 64
"""Models a task where nobody says: a few seconds' work, and lost at most when killed."""


class Ensemble(Protocol):
    """Trained models of one algorithm."""

    def predict(
        self, inputs: Shaped[np.ndarray, "examples ..."]
    ) -> Float32[np.ndarray, "models examples classes"]:
        """Return what every model says about every input.

        Parameters
        ----------
        inputs : array, shape [examples, ...]
            As in `Dataset.inputs`.

        Returns
        -------
        array, float32, shape [models, examples, classes]
            Logits (log-probabilities up to a constant per example); for regression the predicted
            value, with one "class". A model that diverged says NaN or infinity in its row, which
            whoever asks has to leave out (`traindiff.training.divergence`).
        """
        ...

    def arrays(self) -> Mapping[str, np.ndarray] | None:
        """Return the models' state by name, or None where only retraining can restore them."""
        ...


@runtime_checkable
class Fallible(Protocol):
    """An ensemble whose models may fail to answer at first, such as a script's."""

    def failures(self) -> np.ndarray:
        """Return how many attempts to ask each model have failed so far, int [models]."""
        ...


@runtime_checkable
class Algorithm(Protocol):
    """A learning algorithm: architecture, augmentation, pre-training, optimiser and settings.

    `train` is a function of its arguments alone: the same data, masks and seeds give the same
    models, in any process.
    """

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return every setting that determines the trained models, as JSON-like values."""
        ...

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if this algorithm can't learn from ``data``."""
        ...

    def train(
        self,
        data: Dataset,
        masks: Bool[np.ndarray, "models train"],
        seeds: Sequence[int],
        advance: Advance,
    ) -> Ensemble:
        """Train one model per row of ``masks``.

        Parameters
        ----------
        data : Dataset
            The training examples; masks select among them.
        masks : bool array, shape [models, train]
            Which examples each model sees.
        seeds : sequence of int, length models
            The seed of each model's own randomness (initial weights, batch order, augmentation).
        advance : callable
            Called with the number of models finished since the last call.
        """
        ...

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> Ensemble:
        """Return the ensemble whose `Ensemble.arrays` are given."""
        ...


@runtime_checkable
class Chunked(Protocol):
    """An algorithm that knows how many of its models make a good task."""

    @property
    def chunk(self) -> int:
        """Models a task where nobody says."""
        ...


def default_chunk(algorithm: Algorithm) -> int:
    """Return how many of an algorithm's models are a task where nobody says."""
    return algorithm.chunk if isinstance(algorithm, Chunked) else CHUNK
