"""Real nulls: networks trained on digits, several seeds a mask, compared among themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from traindiff import Outputs, TorchAlgorithm, load, split
from traindiff.identity import fingerprint
from traindiff.training import draw_masks, model_seeds, train_outputs

__all__ = ["SETTINGS", "Pairs", "Pool", "pool"]

Pairs = Iterator[tuple[Outputs, Outputs]]

TRAIN, TARGETS, SEEDS = 100, 60, 4
RECIPE = TorchAlgorithm(
    name="MLP 64-16-10",
    arguments={"hidden": [16]},
    optimizer="sgd",
    lr=0.1,
    momentum=0.9,
    epochs=16,
    batch_size=25,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """Outputs of several models a mask: values [seeds, masks, targets], masks [masks, train]."""

    masks: np.ndarray
    values: np.ndarray

    def outputs(self, seeds: tuple[int, ...], rows: slice) -> Outputs:
        """Return an ensemble over some masks: the mean output of some seeds of each mask."""
        return Outputs(masks=self.masks[rows], values=self.values[list(seeds), rows].mean(axis=0))


def pool(masks: int, folder: Path) -> Pool:
    """Train SEEDS networks on each mask, or read them from an earlier run."""
    name = fingerprint([RECIPE.describe(), TRAIN, TARGETS, SEEDS, masks])
    path = folder / f"digits-{name}.npz"
    if not path.exists():
        trained = _train(masks)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, masks=trained.masks, values=trained.values)
    with np.load(path) as saved:
        return Pool(masks=saved["masks"], values=saved["values"])


def _train(count: int) -> Pool:
    splits = split(load("digits"), train=TRAIN, targets=TARGETS, verification=1, seed=0)
    masks = draw_masks(count, TRAIN, 0.5, 0)
    values = [
        train_outputs(
            RECIPE, splits.train, splits.targets, masks, model_seeds(count, seed), chunk=250
        ).outputs.values
        for seed in range(SEEDS)
    ]
    return Pool(masks=masks, values=np.array(values))


def _blocks(pool: Pool, models: int) -> list[slice]:
    return [slice(i, i + models) for i in range(0, len(pool.masks) - models + 1, models)]


def paired(pool: Pool, models: int) -> Pairs:
    """Yield disjoint pairs: the same masks, other seeds."""
    for rows in _blocks(pool, models):
        for one, other in ((0, 1), (2, 3)):
            yield pool.outputs((one,), rows), pool.outputs((other,), rows)


def quieter(pool: Pool, models: int) -> Pairs:
    """Yield pairs in which B averages three runs: the same datamodels, a third of the noise."""
    for rows in _blocks(pool, models):
        yield pool.outputs((0,), rows), pool.outputs((1, 2, 3), rows)


def unpaired(pool: Pool, models: int) -> Pairs:
    """Yield pairs of other masks and other seeds."""
    blocks = _blocks(pool, models)
    for rows, others in zip(blocks, [*blocks[1:], blocks[0]], strict=True):
        for one, other in ((0, 1), (2, 3)):
            yield pool.outputs((one,), rows), pool.outputs((other,), others)


SETTINGS: dict[str, tuple[int, Callable[[Pool], Pairs]]] = {
    "digits, other seeds, 50 models": (1, lambda pool: paired(pool, 50)),
    "digits, other seeds, 200 models": (4, lambda pool: paired(pool, 200)),
    "digits, B averages 3 runs, 50 models": (1, lambda pool: quieter(pool, 50)),
    "digits, other masks and seeds, 50 models": (1, lambda pool: unpaired(pool, 50)),
}
"""How many times the usual number of masks each needs, and the pairs it compares."""
