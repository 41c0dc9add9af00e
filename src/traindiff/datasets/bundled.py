"""The small real datasets that scikit-learn ships."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import datasets

from traindiff.datasets.base import Dataset

__all__ = ["breast_cancer", "digits", "wine"]


def digits() -> Dataset:
    """Return 1,797 handwritten digits as images of 8 × 8 pixels."""
    bunch = datasets.load_digits()
    images = (bunch.images / 16).astype(np.float32)
    return Dataset.of(images, bunch.target, [str(name) for name in range(10)], name="digits")


def breast_cancer() -> Dataset:
    """Return 569 tumours described by 30 numbers, malignant or benign."""
    return _table("breast-cancer", datasets.load_breast_cancer)


def wine() -> Dataset:
    """Return 178 wines of three cultivars described by 13 chemical measurements."""
    return _table("wine", datasets.load_wine)


def _table(name: str, load: Callable[[], Any]) -> Dataset:
    bunch = load()
    return Dataset.of(
        bunch.data,
        bunch.target,
        [str(each) for each in bunch.target_names],
        name=name,
        columns=[str(each) for each in bunch.feature_names],
    )
