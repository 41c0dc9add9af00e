"""What a kind of evidence has to provide for the comparison to be made of it.

A comparison is *evidence × null × omnibus*: the omnibus (`whitened`, `omnibus`) and all that is
said of directions are the same for every kind of evidence; what differs is how datamodels are made
of it, and under which rearrangements they would be as likely if the null hypothesis were true.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from traindiff.comparison.parts import Estimator, Power
from traindiff.comparison.testing.folds import Fold
from traindiff.comparison.testing.omnibus import ScaleTest
from traindiff.comparison.testing.permutations import Draw
from traindiff.comparison.testing.whitened import Fit, Whitening
from traindiff.pair import Pair
from traindiff.progress import Advance

__all__ = ["About", "Candidates", "Informative", "Reduced"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Informative:
    """Which places of an axis carry information; the others are left out, and said to be.

    Parameters
    ----------
    kept : int array
        Their indices.
    size : int
        Length of the whole axis.
    """

    kept: np.ndarray
    size: int

    @classmethod
    def of(cls, informative: np.ndarray) -> "Informative":
        """Return the places at which a bool array is true."""
        return cls(kept=np.flatnonzero(informative), size=len(informative))

    @property
    def excluded(self) -> np.ndarray:
        """Indices of the others."""
        return np.setdiff1d(np.arange(self.size), self.kept)

    def spread(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Return values, one a kept place of the last axis, on the whole axis."""
        full = np.full((*values.shape[:-1], self.size), fill, dtype=values.dtype)
        full[..., self.kept] = values
        return full


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Nuisance scales to test (METHOD §5.1).

    Parameters
    ----------
    scales : array, shape [scales]
        Sorted.
    shown : float
        The one of them at which A and B are shown: where the sum of squares is least above its null
        mean or, where the data do not tell that scale from the ends of the range, the ratio of the
        outputs' standard deviations.
    common : array
        Scales at which half of the training examples are used alike, or nearly so: those at which
        single examples are judged, and no others of which the global test knows.
    dips : array
        Those scales, of either kind, that are best for some half.
    """

    scales: np.ndarray
    shown: float
    common: np.ndarray
    dips: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class About:
    """What is said of the evidence, and depends on no draw.

    Parameters
    ----------
    method : {"honest", "checkpoints"}
    draws : str
        What a draw of the null sample is called, in the plural.
    trials : int
        Draws that `Reduced.scales` takes, told of beside those of the test.
    n_models : Pair of int
    paired : bool
    unmatched : Pair of int array
        Models of A and of B left out because the other side has none of their mask.
    diverged : Pair of int array
        Models left out because their outputs are a thousand times as far off as others'.
    targets, train : Informative
    seen : array, shape [targets]
        Share of each target's variance that is in the basis; those below one half are not tested,
        for what is seen of them would be mostly their neighbours'.
    units : array, shape [targets, basis], or None
        From the basis to output units; None where the basis is in them.
    estimator : {"difference", "least-squares"}
        How datamodels are made of subset models.
    sizes : Pair of float
        Datamodels in the basis are those of A's and of B's outputs over these.
    most : Pair of float, or None
        Squared size of datamodels in the basis that would explain all of the outputs' variance;
        None where there are no outputs.
    """

    method: Literal["honest", "checkpoints"]
    draws: str
    trials: int
    n_models: Pair[int]
    paired: bool
    unmatched: Pair[np.ndarray]
    diverged: Pair[np.ndarray]
    targets: Informative
    train: Informative
    seen: np.ndarray
    sizes: Pair[float]
    units: np.ndarray | None = None
    most: Pair[float] | None = None
    estimator: Estimator = "difference"

    def true_scale(self, scale: float | np.ndarray) -> float | np.ndarray:
        """Return a scale of datamodels in the basis as one of B's outputs against A's."""
        return scale * (self.sizes.a / self.sizes.b)


class Reduced(Protocol):
    """Evidence of A and of B, reduced to the basis of their largest noise.

    A further kind is one class with these members, and a function that makes it and hands it to
    `traindiff.comparison.honest.decide`. Groups of METHOD §8, say: `whole` and `parts` solve least
    squares on group masks; `null` permutes the rows of A − sB at each scale it is asked for, and
    measures every draw by a whitening of that draw's own residual covariance; `scales` are those of
    `traindiff.comparison.subsets.nuisance_scale`; `weights` has a column a group.

    Whatever is chosen by looking at the data (the basis, the covariance) must be unchanged by the
    draws of `null`, or be chosen anew in each: only then is the test exact.
    """

    @property
    def about(self) -> About:
        """What is said of the evidence."""
        ...

    def whole(self) -> Fit:
        """Return the datamodels from all models."""
        ...

    def parts(self, count: int, seed: int) -> list[Fit]:
        """Return the datamodels from each of ``count`` disjoint random parts of the models."""
        ...

    def folds(self, count: int, seed: int) -> Iterable[Fold]:
        """Return a fold for each two of ``count`` disjoint random parts of the models, in order."""
        ...

    def null(self, count: int, seed: int) -> Sequence[Draw]:
        """Return ``count`` draws of the null hypothesis, or all where there are fewer."""
        ...

    def whitening(self, scale: float) -> Whitening:
        """Return how to look at A − scale · B."""
        ...

    def scales(self, seed: int, advance: Advance) -> Candidates | None:
        """Return the nuisance scales to test; None where A and B have a common scale already."""
        ...

    def weights(self) -> Pair[np.ndarray]:
        """Return the datamodels of A and of B out of the basis, each [targets, train]."""
        ...

    def on_train(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Return values a reduced training example on the whole axis, ``fill`` where excluded."""
        ...

    def on_targets(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Return values a reduced target on the whole axis, ``fill`` where excluded."""
        ...

    def least_q_value(self, p_value: float) -> float:
        """Return the least q-value to claim of an example or target, given the global p-value."""
        ...

    def power(
        self, p_value: float, shown: ScaleTest, half_totals: Sequence[float], level: float
    ) -> Power:
        """Return what more models would bring (METHOD §5.9).

        ``half_totals`` are the sums of squares of the halves' whitened differences, each over 2 for
        the doubled noise of half the models.
        """
        ...
