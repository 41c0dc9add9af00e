"""What a person may set of a tested comparison, checked once."""

import math
from dataclasses import dataclass

from traindiff.errors import at_least, between

__all__ = ["Settings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of every test, whatever the evidence.

    Parameters
    ----------
    directions : int
        Number of directions to compute, at most.
    permutations : int
        Size of the null sample, at most.
    level : float in (0, 1)
        Significance level.
    shrinkage : float in [0, 1]
        Of the noise covariance toward its mean eigenvalue (METHOD §5.2).
    seed : int

    Raises
    ------
    InputError
        When a setting is out of its range, or so few permutations allow no p-value at the level.
    """

    directions: int
    permutations: int
    level: float
    shrinkage: float
    seed: int

    def __post_init__(self) -> None:
        """Check the ranges."""
        at_least("directions", self.directions, 1)
        between("level", self.level, 0, 1, strictly=True)
        least = math.ceil(1 / self.level) - 1
        why = f", or no p-value can reach {self.level:g}"
        at_least("permutations", self.permutations, least, why)
        between("shrinkage", self.shrinkage, 0, 1)
