"""Synthetic datamodels: sparse planted weights, random subsets of one size, Gaussian noise."""

from dataclasses import dataclass

import numpy as np

from traindiff.outputs import Outputs

_ROWS = 1000


@dataclass(frozen=True, kw_only=True)
class Planted:
    masks: np.ndarray  # bool [models, train]
    values: np.ndarray  # float32 [models, targets], variance 1
    weights: np.ndarray  # float32 [targets, train]

    @property
    def outputs(self) -> Outputs:
        return Outputs(masks=self.masks, values=self.values)


def plant(
    models: int, train: int, targets: int, *, relevant: int, r2: float, seed: int = 0
) -> Planted:
    """Half of the training examples a model; `r2` of each output's variance is linear in them."""
    rng = np.random.default_rng(seed)
    weights = np.zeros((targets, train), np.float32)
    for row in weights:
        row[rng.choice(train, relevant, replace=False)] = rng.standard_normal(relevant)
    weights *= np.sqrt(r2 / (0.25 * (weights**2).sum(axis=1, keepdims=True)))
    masks = np.zeros((models, train), bool)
    values = np.empty((models, targets), np.float32)
    for start in range(0, models, _ROWS):
        rows = slice(start, min(start + _ROWS, models))
        keys = rng.random((rows.stop - start, train), dtype=np.float32)
        seen = keys.argpartition(train // 2, axis=1)[:, : train // 2]
        np.put_along_axis(masks[rows], seen, True, axis=1)
        noise = rng.standard_normal((rows.stop - start, targets), dtype=np.float32)
        values[rows] = masks[rows].astype(np.float32) @ weights.T + noise * np.sqrt(1 - r2)
    return Planted(masks=masks, values=values, weights=weights)
