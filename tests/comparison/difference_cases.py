"""Simulated pairs of ensembles for the tests of the comparison."""

import numpy as np

from traindiff import Outputs
from traindiff.comparison.subsets.pairing import match
from traindiff.comparison.subsets.prepare import prepare
from traindiff.pair import Pair


def draw_masks(models, train, rng):
    return rng.permuted(np.tile(np.arange(train) < train // 2, (models, 1)), axis=1)


def shared_weights(targets, train, rng, snr=1.0):
    """Datamodels of rank 4 whose signal has standard deviation ``snr`` over masks."""
    weights = rng.normal(size=(targets, 4)) @ rng.normal(size=(4, train))
    weights -= weights.mean(axis=1, keepdims=True)
    return weights * (2 * snr / np.linalg.norm(weights, axis=1, keepdims=True))


def run_noise(models, targets, rng):
    """Noise of standard deviation 1, two thirds of its variance shared by all targets."""
    joint = rng.normal(size=(models, 2)) @ rng.normal(size=(2, targets))
    return (joint + rng.normal(size=(models, targets))) / np.sqrt(3)


def pair(
    seed,
    *,
    models=(120, 120),
    train=40,
    targets=25,
    snr=1.0,
    planted_a=0.0,
    planted_b=0.0,
    paired=True,
    scale_b=1.0,
    noise_b=1.0,
):
    """A and B with the same datamodels up to scale, plus what only A or only B uses."""
    rng = np.random.default_rng(seed)
    weights = shared_weights(targets, train, rng, snr)
    masks_a = draw_masks(models[0], train, rng)
    masks_b = masks_a if paired else draw_masks(models[1], train, rng)
    a = masks_a @ (weights + planted_a).T + run_noise(models[0], targets, rng)
    b = masks_b @ (weights + planted_b).T + noise_b * run_noise(models[1], targets, rng)
    return Outputs(masks=masks_a, values=a), Outputs(masks=masks_b, values=scale_b * b)


def rank_one(targets, train, size):
    """A planted difference: the first fifth of the targets, the first fifth of the training set."""
    rows, columns = np.arange(targets) < targets // 5, np.arange(train) < train // 5
    return size * np.outer(rows, columns)


def prepared(a, b, *, paired, shrinkage, estimator="difference"):
    """The evidence of two ensembles, reduced to its basis."""
    return prepare(match(Pair(a, b), paired), shrinkage=shrinkage, estimator=estimator)
