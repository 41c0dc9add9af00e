"""Ensembles whose difference is known, and p-values without exhibits."""

import numpy as np

from traindiff.lenses import Answers, Models, Predictions, Questions
from traindiff.statistics.relabelling import exceedance, labellings

CLASSES = 3


def ensembles(rng, models, inputs=60, *, paired=False, flipped=0, other=None):
    """Return A's and B's predictions and the labels.

    Inputs differ in difficulty and models in luck, which a pair shares. B says the next class on
    the first ``flipped`` inputs.
    """
    labels = rng.integers(CLASSES, size=inputs)
    hard = rng.beta(1, 6, size=inputs)
    subset = rng.normal(size=(models, inputs))

    def side(count):
        shared = subset if paired else rng.normal(size=(count, inputs))
        noise = 0.8 * shared + 0.6 * rng.normal(size=(count, inputs))
        luck = 0.3 * rng.normal(size=(count, 1))
        wrong = noise + luck > np.quantile(noise, 1 - hard.mean()) + 2 * (hard.mean() - hard)
        return (labels + wrong * rng.integers(1, CLASSES, size=wrong.shape)) % CLASSES

    a, b = side(models), side(other or models)
    b[:, :flipped] = (b[:, :flipped] + 1) % CLASSES
    return a, b, labels


def stacked(a, b, *, paired=False):
    """Return the models of both sides, unlabelled, and whose they are."""
    count = len(a) + len(b)
    models = Models(
        questions=Questions(),
        answers=Answers(predictions=np.concatenate([a, b])),
        pairs=np.tile(np.arange(len(a)), 2) if paired else np.arange(count),
    )
    return models, np.arange(count) < len(a)


def p_value(a, b, *, paired=False, relabellings=99, seed=0):
    models, is_a = stacked(a, b, paired=paired)
    prepared = Predictions().prepare(models)
    drawn, _ = labellings(is_a, models.pairs, most=relabellings, seed=seed)
    return exceedance(float(prepared.value(is_a)), prepared.value(drawn))
