"""Which examples each model sees at each step, and the numbers that augment them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from traindiff import seeding
from traindiff.augment import Augmentation

__all__ = ["Augmenter", "Batch", "batches", "groups"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """One step's examples.

    Parameters
    ----------
    indices : int64 tensor, shape [models, examples]
    counts : int array, shape [models]
        How many of a row's examples are real; the rest are padding.
    """

    indices: Tensor
    counts: np.ndarray

    @property
    def weights(self) -> Tensor:
        """Weights [models, examples] whose sum over a row is 1, zero on padding."""
        counts = torch.from_numpy(self.counts)[:, None]
        return (torch.arange(self.indices.shape[1]) < counts) / counts


def groups(sizes: np.ndarray, batch_size: int, at_once: int, *, padding: bool) -> list[np.ndarray]:
    """Return which models train together: those that take the same number of steps.

    Parameters
    ----------
    sizes : int array, shape [models]
        Examples in each model's subset.
    batch_size : int
    at_once : int
        The most models in a group.
    padding : bool
        Whether a last batch may be padded; batch statistics forbid it, so then sizes must agree.
    """
    keys = -(-sizes // batch_size) if padding else sizes
    return [
        group
        for key in np.unique(keys)
        for members in [np.flatnonzero(keys == key)]
        for group in np.array_split(members, math.ceil(len(members) / at_once))
    ]


def batches(
    masks: np.ndarray, seeds: Sequence[int], *, epochs: int, batch_size: int
) -> Iterator[Batch]:
    """Yield every step's batch, in each model's own order (stream "batches").

    Parameters
    ----------
    masks : bool array, shape [models, train]
        Subsets that take equally many steps an epoch.
    seeds : sequence of int, length models
    epochs, batch_size : int
    """
    subsets = [np.flatnonzero(mask) for mask in masks]
    streams = [seeding.stream(seed, "batches") for seed in seeds]
    sizes = np.array([len(subset) for subset in subsets])
    order = np.zeros((len(subsets), sizes.max()), dtype=np.int64)
    for _ in range(epochs):
        for row, subset, stream in zip(order, subsets, streams, strict=True):
            row[: len(subset)] = stream.permutation(subset)
        for first in range(0, order.shape[1], batch_size):
            indices = torch.from_numpy(order[:, first : first + batch_size].copy())
            yield Batch(indices=indices, counts=np.clip(sizes - first, 0, indices.shape[1]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Augmenter:
    """Applies augmentations in order, each drawing from its own stream of each model.

    Parameters
    ----------
    augmentations : sequence of Augmentation
    input_shape : tuple of int
        Shape of one prepared example.
    seeds : sequence of int, length models
    """

    augmentations: Sequence[Augmentation]
    input_shape: tuple[int, ...]
    seeds: Sequence[int]
    streams: list[list[np.random.Generator]] = field(init=False)

    def __post_init__(self) -> None:
        """Open the streams; the second flip of a recipe has another one than the first."""
        names = [augmentation.name for augmentation in self.augmentations]
        keys = [(name, names[:place].count(name)) for place, name in enumerate(names)]
        streams = [[seeding.stream(seed, "augment", *key) for seed in self.seeds] for key in keys]
        object.__setattr__(self, "streams", streams)

    def __call__(self, inputs: Tensor, counts: np.ndarray) -> Tensor:
        """Return augmented ``inputs`` [models, examples, ...]; padding is left to chance."""
        flat = inputs.flatten(0, 1)
        for augmentation, streams in zip(self.augmentations, self.streams, strict=True):
            width = augmentation.n_draws(self.input_shape)
            draws = np.zeros((*inputs.shape[:2], width), dtype=np.float32)
            for row, count, stream in zip(draws, counts, streams, strict=True):
                stream.random(dtype=np.float32, out=row[:count])
            flat = augmentation.apply(flat, torch.from_numpy(draws).to(inputs.device).flatten(0, 1))
        return flat.reshape(inputs.shape)
