"""Boxes of the inputs' features, half-open, without end where no cut was made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

__all__ = ["EVERYWHERE", "Region"]


@dataclass(frozen=True, kw_only=True)
class Region:
    """Inputs whose features lie in ranges.

    Parameters
    ----------
    ranges : mapping of int to (float, float)
        Feature to low ≤ value < high; infinite where there is no bound, so that values beyond
        those seen belong to the outermost regions.
    """

    ranges: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def cut(self, feature: int, threshold: float) -> "tuple[Region | None, Region | None]":
        """Return the parts below and from a threshold on; None for an empty one."""
        low, high = self.ranges.get(feature, (-np.inf, np.inf))
        return (
            self._within(feature, low, min(high, threshold)),
            self._within(feature, max(low, threshold), high),
        )

    def _within(self, feature: int, low: float, high: float) -> "Region | None":
        return Region(ranges={**self.ranges, feature: (low, high)}) if low < high else None

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Return which rows of [inputs, features] lie in it, bool [inputs]."""
        inside = np.ones(len(values), dtype=bool)
        for feature, (low, high) in self.ranges.items():
            inside &= (values[:, feature] >= low) & (values[:, feature] < high)
        return inside


EVERYWHERE = Region()
