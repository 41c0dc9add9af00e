"""What is tried for one direction: transformations, and where they are expected to show."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from traindiff.comparison import Subpopulation
from traindiff.datasets import Dataset, Modality, Splits
from traindiff.hypotheses.base import Aim
from traindiff.hypotheses.candidates.images import image_changes
from traindiff.hypotheses.candidates.tables import table_changes
from traindiff.hypotheses.candidates.texts import text_changes
from traindiff.transforms import Change, Transform

__all__ = ["aims_of", "candidates_of"]

CHANGES: dict[Modality, Callable[[Dataset, Subpopulation], Sequence[Change]]] = {
    "image": image_changes,
    "table": table_changes,
    "text": text_changes,
}
_CLASSES = 3
"""Classes of a direction that are looked at."""


def candidates_of(group: Subpopulation, splits: Splits) -> list[Transform]:
    """Return the transformations that may carry a direction with the given subpopulation."""
    changes = CHANGES[splits.train.modality](splits.train, group)
    return [Transform(change=change) for change in changes]


def aims_of(group: Subpopulation, splits: Splits) -> tuple[Aim, ...]:
    """Return the few ways in which a direction's feature may show, the plainest first.

    A feature may be what any input is recognised by (margin on all), what one class is recognised
    by (margin on the class), or what pulls other inputs into a class (its probability on
    not-class). The classes are those most frequent among the training examples and targets at the
    direction's two ends.
    """
    names = splits.train.class_names
    if names is None:
        return (Aim(output="prediction"), Aim(output="negative-error"))
    classes = [names[c] for c in _classes(group, splits)]
    pulled = [Aim(output="probability", class_name=c, inputs="not-class") for c in classes]
    recognised = [Aim(output="margin", class_name=c, inputs="class") for c in classes]
    return (*pulled, Aim(output="margin"), *recognised)


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
