"""The omnibus at one scale: three statistics, one null sample, one p-value (METHOD §5.8).

At each of `Whitening.ranks` the top singular value is centred by its own permutations and divided
by the width that theory gives to its null (Johnstone 2001); the largest over ranks is the
statistic, and the permutations' own largest its null. The price of looking at several ranks is
thereby paid. The price of three statistics is paid by `joint_p_value`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.comparison.testing.whitened import Fit, Measured, Whitening
from traindiff.statistics.permutation import (
    joint_p_value,
    permutation_p_values,
    pooled_p_values,
)

__all__ = [
    "AGREED",
    "ANOTHER_HALF",
    "NEAR",
    "OMNIBUS",
    "ScaleTest",
    "TopTest",
    "at_one_scale",
    "null_width",
    "top_test",
]

OMNIBUS = ("top direction", "total", "largest example")
NEAR = 2.0
"""Standard deviations of its null by which the sum of squares tells one scale from another."""
AGREED = 3.0
"""The same of the half that differs least."""
ANOTHER_HALF = 5.0
"""The same at a scale that is best for another half: where half of the examples are used twice as
much, either half may be the one that is used alike, however well each fits."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TopTest:
    """Singular values of Z against the null of the top one, at one scale.

    Parameters
    ----------
    ranks : tuple of int
    centre : array, shape [ranks]
        Mean of the top singular value over the permutations and the observation together, so that
        the observation is exchangeable with them.
    width : array, shape [ranks]
        Of the null; from theory and not from the permutations, whose own error would else decide
        between ranks that are nearly alike.
    heights : array, shape [ranks, directions]
        Singular values above the centre, in widths; −inf where a rank has no such direction.
    null : array, shape [permutations]
        The largest height of the top singular value over ranks.
    """

    ranks: tuple[int, ...]
    centre: np.ndarray
    width: np.ndarray
    heights: np.ndarray
    null: np.ndarray

    @property
    def p_values(self) -> np.ndarray:
        """Non-decreasing p-values, shape [directions], of "there are no more than k differences".

        k differences and noise have a (k+1)-th singular value no larger than the top one of the
        noise alone (Weyl), at every rank. The null of the top one is therefore a valid, slightly
        conservative, one for every step.
        """
        # Step-down: a direction counts only if all before it do (METHOD §5.4).
        best = self.heights.max(axis=0)
        return np.asarray(np.maximum.accumulate(permutation_p_values(best, self.null)))

    def rank(self, directions: int) -> int:
        """Return the rank at which so many directions are clearest: where the last one is."""
        return self.ranks[int(np.argmax(self.heights[:, max(directions, 1) - 1]))]

    def level(self, rank: int, level: float) -> float:
        """Return the singular value at a rank that only a share ``level`` of the null exceeds."""
        at = self.ranks.index(rank)
        return float(self.centre[at] + self.width[at] * np.quantile(self.null, 1 - level))


def top_test(z: np.ndarray, ranks: tuple[int, ...], tops: np.ndarray, directions: int) -> TopTest:
    """Test the singular values of a whitened difference.

    Parameters
    ----------
    z : array, shape [basis, train]
    ranks : tuple of int
    tops : array, shape [permutations, ranks]
        Top singular value of the first rows of each permuted Z.
    directions : int
        How many to test, at most.
    """
    count = min(directions, *z.shape)
    strengths = np.array([_singular_values(z[:rank], count) for rank in ranks])
    # The observation is in its own centre: left out, it would not be exchangeable with the draws.
    centre = np.vstack([strengths[:, 0], tops]).mean(axis=0)
    width = null_width(np.array(ranks), z.shape[1])
    return TopTest(
        ranks=ranks,
        centre=centre,
        width=width,
        heights=(strengths - centre[:, None]) / width[:, None],
        null=((tops - centre) / width).max(axis=1),
    )


def null_width(ranks: np.ndarray, n_train: int) -> np.ndarray:
    """Return the scale of the top singular value of white noise, [ranks] x train.

    The square root of Johnstone's (2001, On the distribution of the largest eigenvalue in principal
    components analysis, eq. 1.3) centring and scaling of its square.
    """
    return np.asarray((1 / np.sqrt(n_train) + 1 / np.sqrt(ranks)) ** (1 / 3) / 2)


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaleTest:
    """What the null sample says at one scale.

    Parameters
    ----------
    whitening : Whitening
    observed : Measured
    statistics : array, shape [3]
        Of the omnibus, as observed.
    null : array, shape [permutations, 3]
        The same under the null.
    p_value : float
        Of the omnibus.
    single : array, shape [3]
        p-value of each of its statistics.
    top : TopTest
    train, targets : array, shape [train], [targets]
        p-values.
    common : float
        How far the half of the examples that differ least (`Measured.common`) is above its null
        mean, in its standard deviations.
    """

    whitening: Whitening
    observed: Measured
    statistics: np.ndarray
    null: np.ndarray
    p_value: float
    single: np.ndarray
    top: TopTest
    train: np.ndarray
    targets: np.ndarray
    common: float

    @property
    def total_null(self) -> tuple[float, float]:
        """Mean and standard deviation of the null of the sum of squares."""
        null = self.null[:, OMNIBUS.index("total")]
        return float(null.mean()), float(null.std())

    @property
    def height(self) -> float:
        """How far the sum of squares is above its null mean, in its standard deviations."""
        return _height(self.observed.total, self.null[:, OMNIBUS.index("total")])


def at_one_scale(
    whitening: Whitening, fit: Fit, draws: Sequence[Measured], directions: int
) -> ScaleTest:
    """Test the difference of two sets of datamodels in the basis against null ``draws``.

    The noise of examples, whitened, is alike, and so is that of targets over their own noise: the
    draws of all units together are the null of each (`pooled_p_values`).
    """
    observed = whitening.measure(*fit)
    tops = np.array([draw.tops for draw in draws])
    top = top_test(whitening.whitened(*fit), whitening.ranks, tops, directions)
    # Each draw's own largest height over ranks is the null of ours: looking at several is paid for.
    statistics = np.array([top.heights[:, 0].max(), observed.total, observed.largest])
    null = np.column_stack([top.null, [(draw.total, draw.largest) for draw in draws]])
    return ScaleTest(
        whitening=whitening,
        observed=observed,
        statistics=statistics,
        null=null,
        p_value=joint_p_value(statistics, null),
        single=np.array(
            [
                permutation_p_values(s, n)[0]
                for s, n in zip(statistics[:, None], null.T, strict=True)
            ]
        ),
        top=top,
        train=pooled_p_values(observed.train, np.array([draw.train for draw in draws])),
        targets=pooled_p_values(observed.targets, np.array([draw.targets for draw in draws])),
        common=_height(observed.common, np.array([draw.common for draw in draws])),
    )


def _height(observed: float, null: np.ndarray) -> float:
    """Return how far a statistic is above its null mean, in standard deviations of the null."""
    spread = float(null.std())
    return (observed - float(null.mean())) / spread if spread else 0.0


def _singular_values(z: np.ndarray, count: int) -> np.ndarray:
    values = np.linalg.svd(z, compute_uv=False)[:count]
    return np.pad(values, (0, count - len(values)), constant_values=-np.inf)
