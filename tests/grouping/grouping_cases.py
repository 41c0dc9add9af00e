"""Made-up data and scores with known groups."""

import numpy as np

from traindiff.datasets import Dataset
from traindiff.pair import Pair


def table(labels, inputs=None, **more):
    labels = np.asarray(labels)
    inputs = np.zeros((len(labels), 1)) if inputs is None else np.asarray(inputs, float)
    return Dataset(
        name="made",
        modality="table",
        inputs=inputs,
        labels=labels,
        class_names=tuple("abcdefgh"[: max(int(labels.max()) + 1, 2)]),
        ids=tuple(f"{row}" for row in range(len(labels))),
        columns=tuple(f"x{column}" for column in range(inputs.shape[1])),
        **more,
    )


def planted_scores(*, n=120, targets=20, own=24, checkpoints=5, noise=0.5, seed=0):
    """Both use five families of examples; A uses the first ``own`` examples otherwise besides."""
    rng = np.random.default_rng(seed)
    families = np.arange(n) % 5
    shared = rng.normal(size=(targets, 5))[:, families] * rng.lognormal(0, 0.5, size=n)
    extra = np.outer(rng.normal(size=targets), np.arange(n) < own)

    def side(mean):
        return mean + noise * rng.normal(size=(checkpoints, targets, n))

    return Pair(side(shared + 2 * extra), side(shared)), np.arange(n) < own
