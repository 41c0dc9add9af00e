"""What a planted case is: two recipes, and the truth about how they differ."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from traindiff import Dataset, TorchAlgorithm

__all__ = ["Case", "Feature", "Planted", "Recipe", "some_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """One side: its network, and the data as its preprocessing shows them.

    Parameters
    ----------
    algorithm : TorchAlgorithm
    train, targets : Dataset
    kept : bool array, shape [train], optional
        Examples that the recipe does not drop; by default all.
    """

    algorithm: TorchAlgorithm
    train: Dataset
    targets: Dataset
    kept: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Feature:
    """One planted difference.

    Parameters
    ----------
    side : {"A", "B"}
        Which recipe can use it.
    carriers : bool array
        Which targets carry it or, where ``axis`` is "train", which training examples.
    axis : {"targets", "train"}
        Where the difference is scored.
    """

    side: Literal["A", "B"]
    carriers: np.ndarray
    axis: Literal["targets", "train"] = "targets"


@dataclass(frozen=True, kw_only=True, eq=False)
class Planted:
    """Two recipes and every difference between them."""

    a: Recipe
    b: Recipe
    features: tuple[Feature, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A planted case: ``build`` draws its data from a seed.

    Parameters
    ----------
    name, about : str
    build : callable
    """

    name: str
    about: str
    build: Callable[[int], Planted]


def some_of(members: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return a bool array with a random share of the True entries of ``members``."""
    indices = np.flatnonzero(members)
    chosen = rng.permutation(indices)[: max(round(share * len(indices)), 1)]
    return np.isin(np.arange(len(members)), chosen)
