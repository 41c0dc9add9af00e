"""Planted datamodels: sparse weights, random subsets of one size, Gaussian noise."""

from dataclasses import dataclass

import numpy as np

from traindiff.datamodels.sample import Sample
from traindiff.outputs import Outputs


@dataclass(frozen=True, kw_only=True)
class Planted:
    masks: np.ndarray
    values: np.ndarray
    weights: np.ndarray

    @property
    def outputs(self) -> Outputs:
        return Outputs(masks=self.masks, values=self.values)

    def sample(self, models: slice = slice(None), shares: np.ndarray | None = None) -> Sample:
        return Sample(masks=self.masks[models], values=self.values[models], shares=shares)


def leave_one_out(m: int, targets: int = 4, seed: int = 0) -> Planted:
    """Each example left out of one model: shares of 1 − 1/m, and no subset of a fixed half."""
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((targets, m)) * (rng.random((targets, m)) < 0.2)
    masks = ~np.eye(m, dtype=bool)[rng.permutation(m)]
    values = masks @ weights.T + 0.1 * rng.standard_normal((m, targets)) + 3
    return Planted(masks=masks, values=values.astype(np.float32), weights=weights)


def plant(
    m: int = 300,
    n: int = 60,
    targets: int = 6,
    *,
    relevant: int = 6,
    r2: float = 0.6,
    alpha: float = 0.5,
    seed: int = 0,
) -> Planted:
    rng = np.random.default_rng(seed)
    masks = rng.random((m, n)).argsort(axis=1) < round(alpha * n)
    weights = np.zeros((targets, n))
    for row in weights:
        row[rng.choice(n, relevant, replace=False)] = rng.standard_normal(relevant)
    weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True) * alpha * (1 - alpha) / r2)
    noise = rng.standard_normal((m, targets)) * np.sqrt(1 - r2)
    values = (masks @ weights.T + noise + 3).astype(np.float32)
    return Planted(masks=masks, values=values, weights=weights)
