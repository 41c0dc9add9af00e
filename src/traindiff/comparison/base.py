"""What a comparison of two algorithms is: directions, who carries them, and how sure we are."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from traindiff.comparison.parts import (
    Directions,
    Estimator,
    Judged,
    Scales,
    Side,
    Subpopulation,
    Test,
)
from traindiff.comparison.showing import painter
from traindiff.datasets import Splits
from traindiff.errors import InputError, at_least
from traindiff.pair import Pair
from traindiff.showing import Card, Drawing

__all__ = ["Comparison"]

LEVEL = 0.05


def _nobody() -> np.ndarray:
    return np.zeros(0, int)


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """How A and B differ in the use of their training data.

    The published method (METHOD §3) finds directions and has no test: `test`, `judged` and `scales`
    are None. The honest method (METHOD §5) has all; checkpoints have no scales.

    Parameters
    ----------
    method : {"honest", "published", "checkpoints"}
        By models trained on random subsets, by attribution scores, by attributions of checkpoints.
    found : Directions
    similarity : array, shape [targets]
        Cosine of the two datamodels of each target; NaN-free: 0 where either is zero.
    excluded_targets : int array
        Targets with no information (constant outputs or zero datamodels); their rows are 0.
    excluded_train : int array
        Training examples always or never seen under A or B; their columns are 0.
    n_models : Pair of int, or None
        Models, or checkpoints, a side that were compared; None where only scores are known.
    paired : bool
        Whether models of A and of B were compared as pairs that share a mask.
    unmatched_models : Pair of int array
        Rows of A and of B left out of a paired comparison because the other side has no model of
        their mask.
    excluded_models : Pair of int array
        Rows of A and of B left out, with their partners, because their outputs are a thousand times
        as far off as those of other models: they diverged, though finite.
    test : Test or None
    judged : Judged or None
    scales : Scales or None
    estimator : {"difference", "least-squares"}
        How the datamodels of subset models were made: as differences of means or, where there are
        models enough for the groups they take, by least squares (METHOD §8).
    cautions : tuple of str
        Sentences to be read before the verdict: signs that what was given is not what the test
        takes it for.
    misaligned : tuple of str
        Sentences that say why the comparison means nothing: signs that rows or columns of A and of
        B are not of the same models, targets or training examples, or have the opposite sign. The
        first sentence of each says what was seen.
    """

    method: Literal["honest", "published", "checkpoints"]
    found: Directions
    similarity: np.ndarray
    excluded_targets: np.ndarray = field(default_factory=_nobody)
    excluded_train: np.ndarray = field(default_factory=_nobody)
    n_models: Pair[int] | None = None
    paired: bool = False
    unmatched_models: Pair[np.ndarray] = field(default_factory=lambda: Pair(_nobody(), _nobody()))
    excluded_models: Pair[np.ndarray] = field(default_factory=lambda: Pair(_nobody(), _nobody()))
    test: Test | None = None
    judged: Judged | None = None
    scales: Scales | None = None
    estimator: Estimator = "difference"
    cautions: tuple[str, ...] = ()
    misaligned: tuple[str, ...] = ()

    @property
    def directions(self) -> np.ndarray:
        """Orthonormal rows, shape [directions, train] (`Directions.rows`)."""
        return self.found.rows

    @property
    def projections(self) -> np.ndarray:
        """Residual datamodels along each direction, shape [targets, directions]."""
        return self.found.projections

    @property
    def p_value(self) -> float | None:
        """Global test of "A and B use their training data alike"; None where untested."""
        return None if self.test is None else self.test.p_value

    @property
    def p_values(self) -> np.ndarray | None:
        """p-value of each direction, shape [directions] (`Test.p_values`); None where untested."""
        return None if self.test is None else self.test.p_values

    @property
    def train_q_values(self) -> np.ndarray | None:
        """q-value of "this example is used differently", shape [train]; None where untested."""
        return None if self.test is None else self.test.train.q_values

    @property
    def target_q_values(self) -> np.ndarray | None:
        """q-value of "this target is explained differently", shape [targets]."""
        return None if self.test is None else self.test.targets.q_values

    @property
    def level(self) -> float:
        """Significance level; the customary one where nothing was tested."""
        return LEVEL if self.test is None else self.test.level

    @property
    def n_directions(self) -> int:
        """Number of directions computed, significant or not."""
        return len(self.directions)

    @property
    def significant(self) -> tuple[int, ...]:
        """Indices of the significant directions; empty unless the global test is significant."""
        if self.test is None or not self.test.significant:
            return ()
        return tuple(np.flatnonzero(self.test.p_values <= self.test.level).tolist())

    def side(self, direction: int) -> Side | None:
        """Return whose a direction is; None where that was not judged."""
        return None if self.judged is None else self.judged.sides[direction]

    def subpopulation(self, direction: int, size: int = 20) -> Subpopulation:
        """Return who is at the two ends of a direction (METHOD §3.5).

        Raises
        ------
        InputError
            When there is no such direction or ``size`` is not positive.
        """
        if not 0 <= direction < self.n_directions:
            raise InputError(f"direction must lie in [0, {self.n_directions}), found {direction}.")
        at_least("size", size, 1)
        return Subpopulation(
            positive_targets=_top(self.projections[:, direction], size),
            negative_targets=_top(-self.projections[:, direction], size),
            positive_train=_top(self.directions[direction], size),
            negative_train=_top(-self.directions[direction], size),
        )

    def card(self, direction: int, splits: Splits | None = None) -> Card:
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
        return painter().card(self, direction, splits)

    def plot_similarity(self) -> Drawing:
        """Draw how alike the two datamodels of each target are (METHOD §3.6)."""
        return painter().similarity(self)

    def plot_explained(self) -> Drawing:
        """Draw the variance that each direction explains under A against B (METHOD §3.4)."""
        return painter().explained(self)

    def plot_strengths(self) -> Drawing:
        """Draw how strong each direction is against what noise alone reaches (METHOD §5.4)."""
        return painter().strengths(self)

    def plot_scales(self) -> Drawing:
        """Draw the p-value at every scale of B against A that was tried (METHOD §5.1).

        Raises
        ------
        InputError
            For the published method, which tries none.
        """
        return painter().scales(self)

    def __repr__(self) -> str:
        tested = "untested" if self.test is None else f"p = {self.test.p_value:.3g}"
        found = "" if self.test is None else f"{len(self.significant)} significant of "
        return (
            f"<Comparison: {self.method}, {tested}, {found}{self.n_directions} directions, "
            f"{self.directions.shape[1]} train x {len(self.similarity)} targets{self._models()}>"
        )

    def _models(self) -> str:
        if self.n_models is None:
            return ""
        counted = {"unmatched": self.unmatched_models, "diverged": self.excluded_models}
        sizes = {word: sum(map(len, models)) for word, models in counted.items()}
        left = ", ".join(f"{size} {word}" for word, size in sizes.items() if size)
        a, b = self.n_models
        compared = f"{a} pairs" if self.paired else f"{a} + {b} models unpaired"
        return f", {compared}{f' ({left} left out)' * bool(left)}"

    def _repr_html_(self) -> str:
        return painter().html(self)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a direction."""
        columns: dict[str, object] = {
            "direction": np.arange(self.n_directions),
            "singular_value": self.found.singular_values,
            "explained_a": self.found.explained.a,
            "explained_b": self.found.explained.b,
        }
        if self.test is not None:
            columns["p_value"] = self.test.p_values
            columns["significant"] = np.isin(np.arange(self.n_directions), self.significant)
        if self.judged is not None:
            columns["side"] = list(self.judged.sides)
            reliability = self.judged.reliability
            columns["reliability"] = [each.projection_correlation for each in reliability]
            columns["train_overlap"] = [each.train_overlap for each in reliability]
        return pd.DataFrame(columns)


def _top(values: np.ndarray, size: int) -> np.ndarray:
    """Return the indices of the largest positive values, largest first."""
    order = np.argsort(-values, kind="stable")[:size]
    return order[values[order] > 0]
