"""Small data and a plain PyTorch loop, to hold `TorchAlgorithm` against."""

import numpy as np
import torch
from torch import nn

from traindiff import seeding
from traindiff.datasets import Dataset


def quiet(amount: int = 1) -> None:
    pass


def images(count: int = 40, side: int = 6, classes: int = 3, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    inputs = rng.random((count, 1, side, side), dtype=np.float32) * 0.5
    inputs[np.arange(count), 0, labels] += 0.5
    return Dataset(
        name="stripes",
        modality="image",
        inputs=inputs,
        labels=labels,
        class_names=tuple("abcdefgh"[:classes]),
        ids=tuple(map(str, range(count))),
    )


def table(count: int = 60, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    colour = rng.integers(0, 3, count)
    size = rng.normal(1000.0, 50.0, count)
    return Dataset(
        name="prices",
        modality="table",
        inputs=np.column_stack([size, colour, np.full(count, 7.0)]),
        labels=2000.0 + 3.0 * size + 100.0 * colour,
        class_names=None,
        ids=tuple(map(str, range(count))),
        columns=("size", "colour", "constant"),
        categories=(None, ("red", "green", "blue"), None),
    )


def subsets(models: int, train: int, size: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    masks = np.zeros((models, train), dtype=bool)
    for mask in masks:
        mask[rng.choice(train, size, replace=False)] = True
    return masks


def train_alone(
    build, data: Dataset, mask: np.ndarray, seed: int, make_optimizer, *, epochs: int, batch: int
) -> nn.Module:
    """One model in a plain loop, with the same random numbers as `TorchAlgorithm` gives it."""
    with torch.random.fork_rng():
        torch.manual_seed(seeding.derive(seed, "init"))
        module = build().train()
    optimizer = make_optimizer(module.parameters())
    inputs, labels = torch.from_numpy(data.inputs), torch.from_numpy(data.labels)
    subset, stream = np.flatnonzero(mask), seeding.stream(seed, "batches")
    for _ in range(epochs):
        order = stream.permutation(subset)
        for first in range(0, len(order), batch):
            chosen = torch.from_numpy(order[first : first + batch])
            loss = nn.functional.cross_entropy(module(inputs[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return module.eval()
