"""Where a direction's transformations are expected to show: outputs, classes and slices."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from traindiff.comparison import Subpopulation
from traindiff.datasets import Dataset, Splits
from traindiff.hypotheses.base import Slice

__all__ = ["Aim", "aims_of"]

_CLASSES = 3
"""Classes of a direction that are looked at."""


class Aim(NamedTuple):
    """One way of measuring an effect (`traindiff.hypotheses.measures`)."""

    output: str
    class_index: int | None
    inputs: Slice

    def class_name(self, data: Dataset) -> str | None:
        """Return the name of the class that it is about."""
        if self.class_index is None or data.class_names is None:
            return None
        return data.class_names[self.class_index]


def aims_of(group: Subpopulation, splits: Splits) -> tuple[Aim, ...]:
    """Return the few ways in which a direction's feature may show, the plainest first.

    A feature may be what any input is recognised by (margin on all), what one class is recognised
    by (margin on the class), or what pulls other inputs into a class (its probability on
    not-class). The classes are those most frequent among the training examples and targets at the
    direction's two ends.
    """
    if splits.train.class_names is None:
        return (Aim("prediction", None, "all"), Aim("negative-error", None, "all"))
    classes = _classes(group, splits)
    pulled = tuple(Aim("probability", c, "not-class") for c in classes)
    recognised = tuple(Aim("margin", c, "class") for c in classes)
    return (*pulled, Aim("margin", None, "all"), *recognised)


def _classes(group: Subpopulation, splits: Splits) -> list[int]:
    """Return the most frequent classes, those of training examples counted twice."""
    train, targets = splits.train.labels, splits.targets.labels
    counts: Counter[int] = Counter()
    for examples in (group.positive_train, group.negative_train):
        counts.update(2 * train[examples].tolist())
    for examples in (group.positive_targets, group.negative_targets):
        counts.update(targets[examples].tolist())
    held = set(np.unique(targets).tolist())
    return [c for c, _ in counts.most_common() if c in held][:_CLASSES]
