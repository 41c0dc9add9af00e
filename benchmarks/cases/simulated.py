"""Simulated pairs of ensembles with known signal and noise, alike but for what is planted."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from traindiff import Outputs
from traindiff.comparison.parts import Estimator

__all__ = ["Cell", "differing", "focused", "grid", "planted_targets", "planted_train", "simulate"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One setting of the calibration benchmark.

    Parameters
    ----------
    models_a, models_b : int
    train, targets : int
    snr : float
        Standard deviation over masks of what a linear datamodel explains, over that of the rest.
    paired : bool
        Whether A and B share their masks.
    common : float
        Share of the noise variance that model i of A and of B have in common (paired only).
    scale_b, noise_b : float
        B's outputs are scale_b · (signal + noise_b · noise).
    rank : int
        Of the noise that all targets share.
    shared_noise : float
        Share of the noise variance that is of low rank.
    signal_rank : int
        Of the datamodels; 0 = full.
    tails : float
        Degrees of freedom of Student's t for every noise variable; inf = normal.
    fraction : float
        Share of the training examples in a mask.
    shrinkage : float
        Passed to `compare`.
    loud : float
        The first target's outputs are multiplied by this.
    planted : float
        A's datamodels of the first half of the targets have this much more weight on the first
        tenth of the training examples, in standard deviations of the noise.
    multiplied : int
        The first so many training examples have twice their weights under A.
    unused : bool
        Whether A's outputs owe nothing to which examples its models saw.
    unequal : float
        Standard deviation of the logarithm of the size of a training example, or group of them.
    per_mask : int
        Models that share one mask.
    own_effect : float
        Standard deviation, over that of the noise, of what a mask adds that is not linear in it,
        other in A and in B.
    complements : bool
        Whether every other mask is the complement of the one before.
    huge : float
        One output of one of A's models is so many times too large; 0 = none.
    lost : int
        Models missing at B's end.
    estimator : {"difference", "least-squares", "auto"}
        Passed to `compare`.
    """

    models_a: int = 100
    models_b: int = 100
    train: int = 40
    targets: int = 25
    snr: float = 1.0
    paired: bool = True
    common: float = 0.0
    scale_b: float = 1.0
    noise_b: float = 1.0
    rank: int = 3
    shared_noise: float = 0.6
    signal_rank: int = 5
    tails: float = np.inf
    fraction: float = 0.5
    shrinkage: float = 0.3
    loud: float = 1.0
    planted: float = 0.0
    multiplied: int = 0
    unused: bool = False
    unequal: float = 0.0
    per_mask: int = 1
    own_effect: float = 0.0
    complements: bool = False
    huge: float = 0.0
    lost: int = 0
    estimator: Estimator | Literal["auto"] = "difference"


def _paired() -> dict[str, Cell]:
    return {
        "base: 100 models, 40 train, 25 targets, signal/noise 1": Cell(),
        "signal/noise 0.1": Cell(snr=0.1),
        "signal/noise 0.3": Cell(snr=0.3),
        "signal/noise 3": Cell(snr=3.0),
        "B scaled 1.7": Cell(scale_b=1.7),
        "B scaled 1.7, signal/noise 0.3": Cell(scale_b=1.7, snr=0.3),
        "B scaled 0.4, signal/noise 3": Cell(scale_b=0.4, snr=3.0),
        "B noisier 1.5": Cell(noise_b=1.5),
        "B noisier 2, signal/noise 0.3": Cell(noise_b=2.0, snr=0.3),
        "B noisier 2, signal/noise 3": Cell(noise_b=2.0, snr=3.0),
        "B noisier 3, signal/noise 3": Cell(noise_b=3.0, snr=3.0),
        "signal/noise 0.1, B scaled 1.7, B noisier 2": Cell(snr=0.1, scale_b=1.7, noise_b=2.0),
        "signal/noise 0.1, 400 models": Cell(snr=0.1, models_a=400, models_b=400),
        "signal/noise 0.3, B noisier 3": Cell(snr=0.3, noise_b=3.0),
        "signal/noise 0.5, B noisier 5, 800 models": Cell(
            snr=0.5, noise_b=5.0, models_a=800, models_b=800
        ),
        "one target 20 times as variable": Cell(loud=20.0),
        "B noisier 3, signal/noise 3, 400 models": Cell(
            noise_b=3.0, snr=3.0, models_a=400, models_b=400
        ),
        "common noise 0.9": Cell(common=0.9),
        "common noise 0.9, B noisier 1.5": Cell(common=0.9, noise_b=1.5),
        "common noise 0.99, signal/noise 3": Cell(common=0.99, snr=3.0),
        "common noise 0.99, signal/noise 3, B scaled 1.7": Cell(common=0.99, snr=3.0, scale_b=1.7),
        "noise of rank 1": Cell(rank=1, shared_noise=0.95),
        "independent targets": Cell(shared_noise=0.0),
        "full-rank signal": Cell(signal_rank=0),
        "signal of rank 1, signal/noise 3": Cell(signal_rank=1, snr=3.0),
        "heavy tails: t with 3 degrees of freedom": Cell(tails=3.0),
        "heavy tails: t with 2, 50 models": Cell(tails=2.0, models_a=50, models_b=50),
        "masks of 20%": Cell(fraction=0.2),
    }


def _sizes() -> dict[str, Cell]:
    return {
        "20 models, signal/noise 3": Cell(models_a=20, models_b=20, snr=3.0),
        "30 models": Cell(models_a=30, models_b=30),
        "40 models, 80 targets": Cell(models_a=40, models_b=40, targets=80),
        "40 models, 80 targets, shrinkage 0": Cell(
            models_a=40, models_b=40, targets=80, shrinkage=0.0
        ),
        "60 models, 150 train, 120 targets": Cell(models_a=60, models_b=60, train=150, targets=120),
        "300 models, 150 train, 100 targets": Cell(
            models_a=300, models_b=300, train=150, targets=100
        ),
        "1 target": Cell(targets=1),
        "10 train": Cell(train=10),
        "shrinkage 0": Cell(shrinkage=0.0),
        "shrinkage 1": Cell(shrinkage=1.0),
    }


def _unpaired() -> dict[str, Cell]:
    return {
        "unpaired": Cell(paired=False),
        "unpaired, signal/noise 0.3": Cell(paired=False, snr=0.3),
        "unpaired, signal/noise 3": Cell(paired=False, snr=3.0),
        "unpaired, signal/noise 3, B noisier 2": Cell(paired=False, snr=3.0, noise_b=2.0),
        "unpaired, signal of rank 1, signal/noise 3": Cell(paired=False, signal_rank=1, snr=3.0),
        "unpaired, full-rank signal, signal/noise 3": Cell(paired=False, signal_rank=0, snr=3.0),
        "unpaired, 30 and 300 models": Cell(paired=False, models_a=30, models_b=300),
        "unpaired, 300 and 30 models, signal/noise 3": Cell(
            paired=False, models_a=300, models_b=30, snr=3.0
        ),
        "unpaired, 30 and 300 models, B scaled 1.7": Cell(
            paired=False, models_a=30, models_b=300, scale_b=1.7
        ),
    }


def grid() -> dict[str, Cell]:
    """Return the cells by name: one or two settings at a time around a base."""
    return {**_paired(), **_unpaired(), **_sizes(), **hostile()}


def hostile() -> dict[str, Cell]:
    """Return the cells that are alike and were once called different, or refused, by name."""
    return {
        "complements, unpaired": Cell(complements=True, paired=False),
        "5 seeds a mask, masks with effects of their own": Cell(per_mask=5, own_effect=0.5),
        "B's last model lost, common noise 0.9": Cell(lost=1, common=0.9),
        **{f"one output times {size:.0e}": Cell(huge=size) for size in (1e2, 1e4, 1e6, 1e8)},
    }


def focused() -> dict[str, Cell]:
    """Return the cells whose train axis is groups (METHOD §8), by name; by rule of `compare`."""
    base = Cell(train=16, models_a=40, models_b=40, targets=80, snr=2.0, estimator="auto")
    changes: dict[str, dict[str, Any]] = {
        "20 models, 10 groups": {"models_a": 20, "models_b": 20, "train": 10},
        "32 models, 16 groups, least squares": {
            "models_a": 32,
            "models_b": 32,
            "estimator": "least-squares",
        },
        "40 models, 16 groups": {},
        "40 models, 12 groups": {"train": 12},
        "80 models, 20 groups": {"models_a": 80, "models_b": 80, "train": 20},
        "160 models, 32 groups": {"models_a": 160, "models_b": 160, "train": 32},
        "80 models, 40 groups, least squares": {
            "models_a": 80,
            "models_b": 80,
            "train": 40,
            "estimator": "least-squares",
        },
    }
    sizes = {name: replace(base, **change) for name, change in changes.items()}
    eighty = sizes["80 models, 20 groups"]
    kinds: dict[str, dict[str, Any]] = {
        "B noisier 2": {"noise_b": 2.0},
        "B scaled 1.7": {"scale_b": 1.7},
        "signal/noise 0.3": {"snr": 0.3},
        "unequal groups": {"unequal": 1.0},
        "unequal groups, B noisier 2": {"unequal": 1.0, "noise_b": 2.0},
        "unpaired": {"paired": False},
        "unpaired, B noisier 2": {"paired": False, "noise_b": 2.0},
    }
    cells = {
        **sizes,
        **{f"80 models, {name}": replace(eighty, **each) for name, each in kinds.items()},
    }
    return {f"groups: {name}": cell for name, cell in cells.items()}


def differing() -> dict[str, Cell]:
    """Return the cells in which one thing differs, by name."""
    return {
        "one difference": Cell(planted=1.0),
        "one difference, 400 models": Cell(planted=1.0, models_a=400, models_b=400),
        "one difference, signal/noise 3, B noisier 2": Cell(planted=1.0, snr=3.0, noise_b=2.0),
        "one difference, B scaled 1.7": Cell(planted=1.0, scale_b=1.7),
        "one difference, one target 20 times as variable": Cell(planted=1.0, loud=20.0),
        "one difference, unpaired, 400 models": Cell(
            planted=1.0, paired=False, models_a=400, models_b=400
        ),
        "one difference, 300 models, 150 train, 100 targets": Cell(
            planted=1.0, models_a=300, models_b=300, train=150, targets=100
        ),
    }


def planted_train(cell: Cell) -> np.ndarray:
    """Return which training examples are used differently where something is planted."""
    return np.arange(cell.train) < cell.train // 10


def planted_targets(cell: Cell) -> np.ndarray:
    """Return which targets are explained differently where something is planted."""
    return np.arange(cell.targets) < cell.targets // 2


def simulate(cell: Cell, rng: np.random.Generator) -> tuple[Outputs, Outputs]:
    """Draw A and B of one cell: the same datamodels, up to B's scale and what is planted."""
    weights = _weights(cell, rng)
    masks_a = _masks(cell.models_a, cell, rng)
    masks_b = masks_a if cell.paired else _masks(cell.models_b, cell, rng)
    mixing = rng.normal(size=(cell.rank, cell.targets))
    noise_a = _noise(cell.models_a, cell, mixing, rng)
    noise_b = _noise(cell.models_b, cell, mixing, rng)
    if cell.common:
        noise_b = np.sqrt(cell.common) * noise_a + np.sqrt(1 - cell.common) * noise_b
    if cell.own_effect:
        noise_a, noise_b = (each + _own_effect(cell, rng) for each in (noise_a, noise_b))
    sizes = np.exp(0.3 * rng.normal(size=cell.targets))
    sizes[0] *= cell.loud
    extra = cell.planted * np.outer(planted_targets(cell), planted_train(cell))
    own = (weights + extra) * np.where(np.arange(cell.train) < cell.multiplied, 2, 1)
    a = sizes * ((not cell.unused) * (masks_a @ own.T) + noise_a)
    b = sizes * cell.scale_b * (masks_b @ weights.T + cell.noise_b * noise_b)
    if cell.huge:
        a[0, 1] *= cell.huge
    kept = slice(cell.models_b - cell.lost)
    return Outputs(masks=masks_a, values=a), Outputs(masks=masks_b[kept], values=b[kept])


def _own_effect(cell: Cell, rng: np.random.Generator) -> np.ndarray:
    """Return what each mask adds of its own, [models, targets]."""
    effects = rng.normal(size=(cell.models_a // cell.per_mask, cell.targets))
    return cell.own_effect * np.repeat(effects, cell.per_mask, axis=0)


def _weights(cell: Cell, rng: np.random.Generator) -> np.ndarray:
    """Return datamodels [targets, train] whose signal has standard deviation ``snr``."""
    weights = rng.standard_t(4, size=(cell.signal_rank or cell.targets, cell.train))
    if cell.signal_rank:
        weights = rng.normal(size=(cell.targets, cell.signal_rank)) @ weights
    weights *= np.exp(cell.unequal * rng.normal(size=cell.train)) if cell.unequal else 1
    centred = weights - weights.mean(axis=1, keepdims=True)  # a mask's fixed size hides the mean
    spread = np.sqrt(cell.fraction * (1 - cell.fraction) * np.square(centred).sum(axis=1))
    return weights * (cell.snr / spread)[:, None]


def _masks(models: int, cell: Cell, rng: np.random.Generator) -> np.ndarray:
    row = np.arange(cell.train) < round(cell.fraction * cell.train)
    drawn = models // cell.per_mask // (2 if cell.complements else 1)
    masks = rng.permuted(np.tile(row, (drawn, 1)), axis=1)
    if cell.complements:
        masks = np.stack([masks, ~masks], axis=1).reshape(-1, cell.train)
    return np.repeat(masks, cell.per_mask, axis=0)


def _noise(models: int, cell: Cell, mixing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return noise [models, targets] of standard deviation 1 (where that is finite)."""
    joint = _draw((models, cell.rank), cell, rng) @ (mixing / np.linalg.norm(mixing, axis=0))
    own = _draw((models, cell.targets), cell, rng)
    return np.sqrt(cell.shared_noise) * joint + np.sqrt(1 - cell.shared_noise) * own


def _draw(shape: tuple[int, int], cell: Cell, rng: np.random.Generator) -> np.ndarray:
    if np.isinf(cell.tails):
        return rng.normal(size=shape)
    draws = rng.standard_t(cell.tails, size=shape)
    return draws / np.sqrt(cell.tails / (cell.tails - 2)) if cell.tails > 2 else draws
