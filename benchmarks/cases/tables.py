"""Planted differences in tables."""

from dataclasses import replace

import numpy as np

from cases.base import Case, Feature, Planted, Recipe, some_of
from traindiff import Dataset, TorchAlgorithm, load, seeding, split

__all__ = ["CASES"]

TUMOURS = TorchAlgorithm(
    name="MLP 16-2",
    arguments={"hidden": [16]},
    optimizer="sgd",
    lr=0.1,
    momentum=0.9,
    epochs=12,
    batch_size=50,
)
WEAK = ("texture error", "smoothness error", "symmetry error", "mean fractal dimension")
"""Columns that tell little: with all 30 every network is right without the leak."""


def leaked_column(seed: int) -> Planted:
    tumours = load("breast-cancer")
    columns = [tumours.columns.index(name) for name in WEAK]
    weak = replace(tumours, inputs=tumours.inputs[:, columns], columns=WEAK, categories=())
    splits = split(weak, train=300, targets=250, verification=10, seed=seed)
    rng = seeding.stream(seed, "leak")
    leaks = [some_of(np.ones(len(p), bool), 0.3, rng) for p in (splits.train, splits.targets)]
    seen = [_leaked(p, leak) for p, leak in zip((splits.train, splits.targets), leaks, strict=True)]
    return Planted(
        a=Recipe(algorithm=TUMOURS, train=seen[0], targets=seen[1]),
        b=Recipe(algorithm=TUMOURS, train=splits.train, targets=splits.targets),
        features=(Feature(side="A", carriers=leaks[1]),),
    )


def _leaked(data: Dataset, rows: np.ndarray) -> Dataset:
    """Return the table with one more column: ±1 by label in some rows, 0 in the others."""
    column = np.where(rows, 2.0 * data.labels - 1, 0.0)
    return replace(
        data,
        inputs=np.column_stack([data.inputs, column]),
        columns=(*data.columns, "leak"),
        categories=(),
    )


CASES = (
    Case(
        name="leaked column, breast cancer",
        about="n = 300, T = 250; four weak columns; A has a fifth that tells 30% of the labels",
        build=leaked_column,
    ),
)
