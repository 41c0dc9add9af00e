"""How well regions tell where A and B differ: precision, recall and F1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.lenses.rules.regions import Region

__all__ = ["Fidelity", "covered", "f1", "measured"]


@dataclass(frozen=True, kw_only=True)
class Fidelity:
    """How well regions find the inputs on which two answers differ.

    Parameters
    ----------
    precision, recall : float or None
        None where nothing is covered, or nothing differs.
    f1 : float
        Higher = better; 0 where either is unknown.
    """

    precision: float | None
    recall: float | None
    f1: float


def covered(regions: Sequence[Region], values: np.ndarray) -> np.ndarray:
    """Return which inputs lie in any of the regions, bool [inputs]."""
    inside = np.zeros(len(values), dtype=bool)
    for region in regions:
        inside |= region.holds(values)
    return inside


def measured(said: np.ndarray, differ: np.ndarray) -> Fidelity:
    """Hold what was said to differ against what does, both bool [inputs]."""
    hits, claims, all_of_them = (float(each.sum()) for each in (said & differ, said, differ))
    return Fidelity(
        precision=hits / claims if claims else None,
        recall=hits / all_of_them if all_of_them else None,
        f1=float(f1(said, differ)),
    )


def f1(said: np.ndarray, differ: np.ndarray) -> np.ndarray:
    """Return the F1 of claims, over the last axis; 0 where there is nothing to claim or to find."""
    hits, sizes = (said & differ).sum(axis=-1), said.sum(axis=-1) + differ.sum(axis=-1)
    return np.asarray(2 * hits / np.maximum(sizes, 1))
