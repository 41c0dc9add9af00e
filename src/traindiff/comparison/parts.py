"""What a comparison is made of: directions, their test, and how they were judged."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval

__all__ = [
    "AxisTest",
    "Directions",
    "Estimator",
    "Judged",
    "Power",
    "Reliability",
    "Scales",
    "Side",
    "Subpopulation",
    "Test",
]

Side = Literal["A", "B", "both"]
Estimator = Literal["difference", "least-squares"]
CLEARLY = 3.0
"""How many times as much of its outputs' variance a side must explain to use its data clearly."""


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """How far two disjoint halves of the models agree on a direction (METHOD §5.6)."""

    projection_correlation: float
    """Absolute correlation, over whitened targets, of the two halves' projections."""
    train_overlap: float
    """Share of one half's top training examples, 20 or a quarter, that are also the other's."""


@dataclass(frozen=True, kw_only=True)
class Power:
    """What more models would bring when nothing is significant (METHOD §5.9)."""

    models_needed: int | None
    """Models a side at which the growth seen so far would reach significance; None: no growth."""
    message: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Subpopulation:
    """Whom a direction concerns. Each array holds indices, most extreme first."""

    positive_targets: np.ndarray
    negative_targets: np.ndarray
    positive_train: np.ndarray
    negative_train: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Directions:
    """Directions of the training data, significant or not.

    Parameters
    ----------
    rows : array, shape [directions, train]
        Orthonormal. Within the space of the significant ones, the axes are what A alone and B alone
        carry, the surest first: by A's strength less B's on models that had no say in finding them,
        over its error. The others follow in the order of their singular values. Sign rule: the
        target that projects most on a direction does so positively.
    projections : array, shape [targets, directions]
        Residual datamodels along each direction, in output units per unit of direction; a positive
        value means that A gains more than B (after scaling) from the direction's positive examples.
    explained : Pair of arrays, shape [directions]
        Share of each algorithm's datamodel variance along each direction; noise-corrected and
        cross-fitted for the honest method (it may then be slightly negative), whose targets count
        alike whatever their spread; in-sample for the published one.
    singular_values : array, shape [directions]
        Norm of the difference along each direction, in units of its noise (honest) or scores
        (published).
    """

    rows: np.ndarray
    projections: np.ndarray
    explained: Pair[np.ndarray]
    singular_values: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class AxisTest:
    """The test of "this example is used differently", or "this target is explained differently".

    Parameters
    ----------
    statistics : array, shape [train] or [targets]
        What is tested, in units of its null mean: 1 = what noise alone would give.
    q_values : array, shape [train] or [targets]
        Benjamini-Hochberg; 1 where the example carries no information.
    """

    statistics: np.ndarray
    q_values: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Test:
    """What the null sample says (METHOD §5.4, §5.8).

    Parameters
    ----------
    p_value : float
        Global test of "A and B use their training data alike".
    p_values : array, shape [directions]
        Of each direction, non-decreasing; a direction counts only while its p-value is <= level.
        That of direction k tests "there are no more than k differences": it is a statement about
        how many there are, whichever way the axes of their space are turned or ordered.
    statistics : dict of str to float
        p-value of each statistic of the omnibus, the maximum over the scales.
    null_level : float
        The level-quantile of the null's explained strength, in units of the singular values.
    permutations : int
        Size of the null sample.
    level : float
        Significance level.
    power : Power
    train, targets : AxisTest
    strength : float or None
        p-value of "A and B differ, if at all, only in how strongly each target reacts" (Θᴬ_x = s_x
        Θᴮ_x, METHOD §10.6), never below the global one; None where that one is not significant, and
        for checkpoints.
    """

    p_value: float
    p_values: np.ndarray
    statistics: dict[str, float]
    null_level: float
    permutations: int
    level: float
    power: Power
    train: AxisTest
    targets: AxisTest
    strength: float | None = None

    @property
    def smallest_p_value(self) -> float:
        """The least p-value that the size of the null sample allows."""
        return 1 / (1 + self.permutations)

    @property
    def significant(self) -> bool:
        """Whether the global test is."""
        return self.p_value <= self.level

    @property
    def only_strength(self) -> bool:
        """Whether a scale a target explains all that tells A and B apart, as far as is known."""
        return self.strength is not None and self.strength > self.level >= self.p_value


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What models that had no say in finding the directions say of each (METHOD §5.5, §5.6).

    Parameters
    ----------
    sides : tuple of {"A", "B", "both"}
        The algorithm that carries the direction at least twice as strongly as the other.
    strengths : Pair of arrays, shape [directions]
        How strongly each algorithm carries each direction; output units, B's after scaling, each
        target's divided by its spread relative to the others'; A − B > 0 where the direction is
        real.
    reliability : tuple of Reliability
    space_agreement : float in [0, 1]
        How far two disjoint halves of the models agree on the space of the significant directions
        (of the first, where none is), whichever way its axes are turned: root mean squared cosine
        of the principal angles between the halves' spaces, over whitened targets and beyond chance;
        0 = chance, 1 = the same space.
    use : Pair of Interval, or None
        Share of the outputs' variance that masks explain linearly; unbiased, so slightly negative
        where they explain nothing. None for checkpoints.
    similarity : float in [-1, 1], or None
        Cosine of A's and B's datamodels, over all targets together, without the noise that lowers
        that of their estimates: 1 = alike up to scale. None unless both sides use their data.
    """

    sides: tuple[Side, ...]
    strengths: Pair[np.ndarray]
    reliability: tuple[Reliability, ...]
    space_agreement: float
    use: Pair[Interval] | None = None
    similarity: float | None = None

    @property
    def unused(self) -> Side | None:
        """The algorithm that shows no use of its training data, where the other clearly does."""
        if self.use is None:
            return None
        a, b = self.use
        if a.low <= 0 < b.low and a.high < b.low / CLEARLY:
            return "A"
        return "B" if b.low <= 0 < a.low and b.high < a.low / CLEARLY else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Scales:
    """The nuisance scale s of B against A (METHOD §5.1).

    Parameters
    ----------
    shown : float
        At which the directions are computed: where A and B differ least or, where the data do not
        tell, the ratio of the outputs' standard deviations.
    tried, p_values : array, shape [scales]
        Every scale tried and its p-value; the global one is their maximum.
    """

    shown: float
    tried: np.ndarray
    p_values: np.ndarray
