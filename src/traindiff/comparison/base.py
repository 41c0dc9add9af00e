"""What a comparison of two algorithms is: directions, who carries them, and how sure we are."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from traindiff.errors import InputError

if TYPE_CHECKING:
    from altair import LayerChart

    from traindiff.datasets import Splits
    from traindiff.display import Card

__all__ = ["Comparison", "Power", "Reliability", "Side", "Subpopulation"]

Side = Literal["A", "B", "both"]


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """How far two disjoint halves of the models agree on a direction (METHOD §5.6)."""

    projection_correlation: float
    """Absolute correlation, over whitened targets, of the two halves' projections."""
    train_overlap: float
    """Share of the 20 top training examples of one half that are among the other half's."""


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
class Comparison:
    """How A and B differ in the use of their training data.

    Fields that only inference can fill (p-values, q-values, sides, reliability) are None for the
    published method, which has no test (METHOD §3); the honest method (METHOD §5) fills them all.

    Parameters
    ----------
    method : {"honest", "published", "checkpoints"}
        By models trained on random subsets, by attribution scores, by attributions of checkpoints.
    p_value : float or None
        Global test of "A and B use their training data alike".
    p_values : array, shape [directions], or None
        Of each direction, non-decreasing; a direction counts only while its p-value is <= level.
        That of direction k tests "there are no more than k differences": it is a statement about
        how many there are, whichever way the axes of their space are turned.
    directions : array, shape [directions, train]
        Orthonormal rows. Within the space of the significant ones, the axes are what A alone and B
        alone carry, the largest difference in output units first; the others follow in the order
        of their singular values. Sign rule: the target that projects most on a direction does so
        positively.
    projections : array, shape [targets, directions]
        Residual datamodels along each direction, in output units per unit of direction; a positive
        value means that A gains more than B (after scaling) from the direction's positive examples.
    explained_a, explained_b : array, shape [directions]
        Share of each algorithm's datamodel variance along each direction; noise-corrected and
        cross-fitted for the honest method (it may then be slightly negative), whose targets count
        alike whatever their spread; in-sample for the published one.
    similarity : array, shape [targets]
        Cosine of the two datamodels of each target; NaN-free: 0 where either is zero.
    train_q_values, target_q_values : array, shape [train] or [targets], or None
        Benjamini-Hochberg q-value of "this example is used (explained) differently".
    train_statistics, target_statistics : array or None
        What those q-values test, in units of its null mean (1 = what noise alone would give).
    sides : tuple of {"A", "B", "both"}, one a direction, or None
        The algorithm that carries the direction at least twice as strongly as the other.
    strength_a, strength_b : array, shape [directions], or None
        How strongly each algorithm carries each direction, measured on models that had no say in
        finding it; output units, B's after scaling, each target's divided by its spread relative
        to the others'; A − B > 0 where the direction is real.
    reliability : tuple of Reliability, one a direction, or None
    scale : float
        The nuisance scale s of B against A at which the directions are computed: where A and B
        differ least or, where the data do not tell, the ratio of the outputs' standard deviations
        (1 for published).
    scales, scale_p_values : array, shape [scales], or None
        Every scale tried and its p-value; `p_value` is their maximum.
    tests : dict of str to float
        p-value of each statistic of the omnibus, the maximum over `scales`.
    null_level : float or None
        The level-quantile of the null's explained strength, in units of the singular values.
    singular_values : array, shape [directions]
        Norm of the difference along each direction, in units of its noise (honest) or scores
        (published).
    smallest_p_value : float or None
        The least p-value that the size of the null sample allows; of checkpoints, their numbers.
    excluded_targets : int array
        Targets with no information (constant outputs or zero datamodels); their rows are 0.
    excluded_train : int array
        Training examples always or never seen under A or B; their columns are 0.
    """

    method: Literal["honest", "published", "checkpoints"]
    p_value: float | None
    p_values: np.ndarray | None
    directions: np.ndarray
    projections: np.ndarray
    explained_a: np.ndarray
    explained_b: np.ndarray
    similarity: np.ndarray
    singular_values: np.ndarray
    train_q_values: np.ndarray | None = None
    target_q_values: np.ndarray | None = None
    train_statistics: np.ndarray | None = None
    target_statistics: np.ndarray | None = None
    sides: tuple[Side, ...] | None = None
    strength_a: np.ndarray | None = None
    strength_b: np.ndarray | None = None
    reliability: tuple[Reliability, ...] | None = None
    scale: float = 1.0
    scales: np.ndarray | None = None
    scale_p_values: np.ndarray | None = None
    tests: dict[str, float] = field(default_factory=dict)
    null_level: float | None = None
    power: Power | None = None
    smallest_p_value: float | None = None
    excluded_targets: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    excluded_train: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    n_models: tuple[int, int] | None = None
    paired: bool | None = None
    permutations: int | None = None
    level: float = 0.05

    @property
    def n_directions(self) -> int:
        """Number of directions computed, significant or not."""
        return len(self.directions)

    @property
    def significant(self) -> tuple[int, ...]:
        """Indices of the significant directions; empty unless the global test is significant."""
        if self.p_value is None or self.p_values is None or self.p_value > self.level:
            return ()
        return tuple(int(k) for k in np.flatnonzero(self.p_values <= self.level))

    def subpopulation(self, direction: int, size: int = 20) -> Subpopulation:
        """Return who is at the two ends of a direction (METHOD §3.5).

        Raises
        ------
        InputError
            When there is no such direction or ``size`` is not positive.
        """
        if not 0 <= direction < self.n_directions:
            raise InputError(f"direction must lie in [0, {self.n_directions}), found {direction}.")
        if size < 1:
            raise InputError(f"size must be at least 1, found {size}.")
        return Subpopulation(
            positive_targets=_top(self.projections[:, direction], size),
            negative_targets=_top(-self.projections[:, direction], size),
            positive_train=_top(self.directions[direction], size),
            negative_train=_top(-self.directions[direction], size),
        )

    def card(self, direction: int, splits: "Splits | None" = None) -> "Card":
        """Return the report's card of one direction, counted from 0, for a notebook to display.

        Parameters
        ----------
        direction : int
        splits : Splits, optional
            The examples; without them the card names examples by their index.

        Raises
        ------
        InputError
            When there is no such direction.
        """
        from traindiff.display import direction_card

        return direction_card(self, direction, splits)

    def plot_similarity(self) -> "LayerChart":
        """Draw how alike the two datamodels of each target are (METHOD §3.6), with altair."""
        from traindiff.display import plot_similarity

        return plot_similarity(self)

    def plot_explained(self) -> "LayerChart":
        """Draw the variance that each direction explains under A against B (METHOD §3.4)."""
        from traindiff.display import plot_explained

        return plot_explained(self)

    def plot_strengths(self) -> "LayerChart":
        """Draw how strong each direction is against what noise alone reaches (METHOD §5.4)."""
        from traindiff.display import plot_strengths

        return plot_strengths(self)

    def plot_scales(self) -> "LayerChart":
        """Draw the p-value at every scale of B against A that was tried (METHOD §5.1).

        Raises
        ------
        InputError
            For the published method, which tries none.
        """
        from traindiff.display import plot_scales

        return plot_scales(self)

    def __repr__(self) -> str:
        tested = "untested" if self.p_value is None else f"p = {self.p_value:.3g}"
        found = "" if self.p_value is None else f"{len(self.significant)} significant of "
        return (
            f"<Comparison: {self.method}, {tested}, {found}{self.n_directions} directions, "
            f"{self.directions.shape[1]} train x {len(self.similarity)} targets>"
        )

    def _repr_html_(self) -> str:
        from traindiff.display import comparison_html

        return comparison_html(self)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a direction."""
        columns: dict[str, object] = {
            "direction": np.arange(self.n_directions),
            "singular_value": self.singular_values,
            "explained_a": self.explained_a,
            "explained_b": self.explained_b,
        }
        if self.p_values is not None:
            columns["p_value"] = self.p_values
            columns["significant"] = np.isin(np.arange(self.n_directions), self.significant)
        if self.sides is not None:
            columns["side"] = list(self.sides)
        if self.reliability is not None:
            columns["reliability"] = [r.projection_correlation for r in self.reliability]
            columns["train_overlap"] = [r.train_overlap for r in self.reliability]
        return pd.DataFrame(columns)


def _top(values: np.ndarray, size: int) -> np.ndarray:
    """Return the indices of the largest positive values, largest first."""
    order = np.argsort(-values, kind="stable")[:size]
    return order[values[order] > 0]
