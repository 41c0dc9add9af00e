"""Evidence in parts: two held out, directions found on the rest (METHOD §5.5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from traindiff.comparison.testing.whitened import Fit
from traindiff.pair import Pair

__all__ = ["Fold", "folds_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fold:
    """One split of the models: two disjoint parts, and all others.

    Parameters
    ----------
    rest : Fit
        Datamodels of the others, to find directions on.
    first, second : Fit
        Datamodels of each part, to measure them on: given the rest, independent, and each right on
        average.
    """

    rest: Fit
    first: Fit
    second: Fit


def folds_of(parts: Sequence[Fit]) -> Iterator[Fold]:
    """Yield a fold for each pair of parts, where the mean of parts is the fit on their models."""
    for pair in combinations(range(len(parts)), 2):
        rest = [part for index, part in enumerate(parts) if index not in pair]
        mean = Pair(*(np.mean(side, axis=0) for side in zip(*rest, strict=True)))
        first, second = (parts[index] for index in pair)
        yield Fold(rest=mean, first=first, second=second)
