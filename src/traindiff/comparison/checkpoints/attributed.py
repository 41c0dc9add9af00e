"""Attributions of the checkpoints of A and of B, reduced to the basis of their noise.

Noise is what attributions of one algorithm differ by from checkpoint to checkpoint, and the null
relabels checkpoints. The common mean and the basis are chosen from all checkpoints together, and no
relabelling changes them; all else is computed anew under each, and the test is exact where A's
and B's checkpoints are draws from one distribution.

The noise covariance is anew that within the two sides of each labelling: the statistic is
studentised. Where one side's checkpoints are noisier than the other's, the test then still holds,
approximately (Janssen 1997; Chung & Romano 2013); with one covariance for all labellings it does
not (three times the noise: 85 to 99% of pairs that use their data alike, METHOD §10.9).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from traindiff import seeding
from traindiff.comparison.checkpoints.scaled_scores import ScaledScores
from traindiff.comparison.parts import Power
from traindiff.comparison.testing.folds import Fold, folds_of
from traindiff.comparison.testing.omnibus import ScaleTest
from traindiff.comparison.testing.permutations import Draw
from traindiff.comparison.testing.reduced import About, Informative
from traindiff.comparison.testing.whitened import Fit, Measured, Whitening, kept_basis
from traindiff.pair import Pair
from traindiff.progress import Advance
from traindiff.statistics.relabelling import Relabellings

__all__ = ["FEWEST_CHECKPOINTS", "AttributedCheckpoints", "prepare"]

FEWEST_CHECKPOINTS = 3
WIDEST_SCALE = 2**2.5
FACTOR_STEPS = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class AttributedCheckpoints:
    """Checkpoints of A and then of B (`traindiff.comparison.testing.reduced.Reduced`).

    Parameters
    ----------
    scores : ScaledScores
        Of each checkpoint.
    reduced : float32 array, shape [checkpoints, basis, train]
        The same in the basis.
    shares : array, shape [checkpoints]
        How much of the common mean is in each.
    noise : float32 array, shape [checkpoints, basis, train]
        What is not common, in the basis.
    labels : bool array, shape [checkpoints]
        Who is A's.
    basis : array, shape [targets, basis]
        Orthonormal columns.
    shrinkage : float in [0, 1]
    about : About
    """

    scores: ScaledScores
    reduced: np.ndarray
    shares: np.ndarray
    noise: np.ndarray
    labels: np.ndarray
    basis: np.ndarray
    shrinkage: float
    about: About

    def whole(self) -> Fit:
        """Return the mean scores of A's checkpoints and of B's, in the basis."""
        return self._means(self.labels, ~self.labels)

    def parts(self, count: int, seed: int) -> list[Fit]:
        """Return the means of ``count`` disjoint random parts of A's and of B's."""
        rng = seeding.stream(seed, "parts", count)
        sides = (np.flatnonzero(side) for side in (self.labels, ~self.labels))
        cuts = [np.array_split(rng.permutation(side), count) for side in sides]
        everyone = np.arange(len(self.labels))
        return [
            self._means(np.isin(everyone, chosen), np.isin(everyone, others))
            for chosen, others in zip(*cuts, strict=True)
        ]

    def folds(self, count: int, seed: int) -> Iterator[Fold]:
        """Yield two parts and the mean of the others."""
        return folds_of(self.parts(count, seed))

    def null(self, count: int, seed: int) -> Sequence[Draw]:
        """Return all relabellings where they are at most ``count``, else so many at random."""
        a, b = self.about.n_models
        named = seeding.derive(seed, "compare checkpoints")
        draws = Relabellings(a=a, b=b, most=count, seed=named)
        return [partial(self._relabelled, chosen) for chosen in draws]

    def _relabelled(self, chosen: np.ndarray, whitenings: Sequence[Whitening]) -> list[Measured]:
        own, means = self._studentised(chosen), self._means(chosen, ~chosen)
        return [own.measure(*means) for _ in whitenings]

    def whitening(self, scale: float) -> Whitening:
        """Return how to look at the difference of means, which are scaled already."""
        return self._studentised(self.labels)

    def _studentised(self, chosen: np.ndarray) -> Whitening:
        """Return the whitening by the noise within the two sides of a labelling."""
        weights = self._shares(chosen, ~chosen)
        covariance = sum(
            np.square(weight[members]).sum() * self._within(members)
            for weight, members in zip(weights, (chosen, ~chosen), strict=True)
        )
        return Whitening.of(np.asarray(covariance), self.basis, scale=1.0, shrinkage=self.shrinkage)

    def _within(self, members: np.ndarray) -> np.ndarray:
        """Return the covariance across basis targets of a column of some checkpoints' noise."""
        size, n_train = int(members.sum()), self.noise.shape[2]
        mean = np.tensordot(members.astype(np.float32) / size, self.noise, axes=1)
        total = self._grams[members].sum(axis=0) - size * (mean @ mean.T).astype(np.float64)
        # Pooled over training examples, each a draw of the same noise; centred within the side,
        # hence size − 1.
        return np.asarray(total / ((size - 1) * n_train))

    @cached_property
    def _grams(self) -> np.ndarray:
        """Inner products of the rows of each checkpoint's noise, [checkpoints, basis, basis]."""
        return np.array([(each @ each.T).astype(np.float64) for each in self.noise])

    def scales(self, seed: int, advance: Advance) -> None:
        """Return None: means are scaled against each other under every relabelling."""

    def weights(self) -> Pair[np.ndarray]:
        """Return the mean scores of A's and of B's checkpoints, each [targets, train]."""
        return self._shares(self.labels, ~self.labels).map(self.scores.weighted)

    def on_train(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Return values a training example, ``fill`` where no checkpoint has a score."""
        return self.about.train.spread(values[..., self.about.train.kept], fill)

    def on_targets(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Return values a target, ``fill`` where no checkpoint has a score."""
        return self.about.targets.spread(values[..., self.about.targets.kept], fill)

    def least_q_value(self, p_value: float) -> float:
        """Return the global p-value.

        Few relabellings make few independent draws of all units together; whether anything differs
        at all is told by the global test alone.
        """
        return p_value

    def power(
        self, p_value: float, shown: ScaleTest, half_totals: Sequence[float], level: float
    ) -> Power:
        """Return whether these numbers of checkpoints could have shown a difference."""
        a, b = self.about.n_models
        smallest = 1 / (1 + len(shown.null))
        least = f"{a} and {b} checkpoints allow no p-value below {smallest:.2g}"
        if p_value <= level:
            message = f"{a} and {b} checkpoints were enough to see a difference."
            return Power(models_needed=min(a, b), message=message)
        if smallest > level:
            message = f"{least}: too few for a level of {level:g}. Add a checkpoint a side."
            return Power(models_needed=FEWEST_CHECKPOINTS + 1, message=message)
        return Power(models_needed=None, message=f"{least}; the difference seen is within noise.")

    def _shares(self, chosen: np.ndarray, others: np.ndarray) -> Pair[np.ndarray]:
        """Return the weight of each checkpoint in the means of A's and of B's [checkpoints].

        The means are scaled against each other so that both hold as much of the common mean, which
        then cancels: a uniformly larger signal is no difference. The rule is the same for both, so
        that swapping A and B changes no statistic.
        """
        # The root of the ratio to either side: were B alone scaled, swapping A and B would change
        # statistics.
        ratio = _ratio(self.shares[others].mean(), self.shares[chosen].mean())
        return Pair(chosen * np.sqrt(ratio) / chosen.sum(), others / np.sqrt(ratio) / others.sum())

    def _means(self, chosen: np.ndarray, others: np.ndarray) -> Fit:
        """Return the means in the basis of any two disjoint sets of checkpoints."""
        return self._shares(chosen, others).map(
            lambda weights: np.tensordot(weights.astype(np.float32), self.reduced, axes=1)
        )


def prepare(a: np.ndarray, b: np.ndarray, *, shrinkage: float) -> AttributedCheckpoints:
    """Reduce scores [checkpoints, targets, train] of A and of B to their shared basis."""
    labels = np.arange(len(a) + len(b)) < len(a)
    scores = ScaledScores(given=(*a, *b))
    shares = _loadings(scores.gram())
    common = _common(scores, shares)
    basis, _ = kept_basis(*np.linalg.eigh(_noise(scores, common, shares)))
    reduced = np.stack([basis.T @ each for each in scores])
    in_common = shares.astype(np.float32)[:, None, None] * (basis.T @ common)
    return AttributedCheckpoints(
        scores=scores,
        reduced=reduced,
        shares=shares,
        noise=reduced - in_common,
        labels=labels,
        basis=basis,
        shrinkage=shrinkage,
        about=_about(scores, Pair(len(a), len(b))),
    )


def _loadings(gram: np.ndarray) -> np.ndarray:
    """Return how much of what all have in common is in each checkpoint.

    The loadings of one factor, from the products of different checkpoints (minimum residuals,
    Harman & Jones 1966): a checkpoint's product with itself, or with a mean that it is part of, has
    its noise in it, and would make noisy checkpoints seem to hold more.
    """
    reduced = gram.copy()
    for _ in range(FACTOR_STEPS):
        values, vectors = np.linalg.eigh(reduced)
        loadings = vectors[:, -1] * np.sqrt(values[-1].clip(min=0))
        # Never more in common with itself than there is of it (a Heywood case).
        np.fill_diagonal(reduced, np.minimum(np.square(loadings), np.diagonal(gram)))
    return np.asarray(loadings * (-1 if loadings.sum() < 0 else 1))


def _common(scores: ScaledScores, shares: np.ndarray) -> np.ndarray:
    """Return what is common, of which each checkpoint holds its share."""
    total = float(np.square(shares).sum())  # 0 where nothing is common
    return np.asarray(scores.weighted(shares / total if total else shares), np.float32)


def _noise(scores: ScaledScores, common: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the covariance across targets of what is not common [targets, targets].

    Around the mean of all and not around each side's own, which a relabelling would change.
    """
    n_targets, n_train = common.shape
    gram = np.zeros((n_targets, n_targets))
    for each, share in zip(scores, shares, strict=True):
        noise = each - np.float32(share) * common
        gram += noise @ noise.T
    return np.asarray(gram / (len(scores) * n_train))


def _about(scores: ScaledScores, n_models: Pair[int]) -> About:
    targets, train = (
        Informative.of(np.any([each.any(axis=axis) for each in scores.given], axis=0))
        for axis in (1, 0)
    )
    nobody = np.zeros(0, int)
    return About(
        method="checkpoints",
        draws="relabellings",
        trials=0,
        n_models=n_models,
        paired=False,
        unmatched=Pair(nobody, nobody),
        diverged=Pair(nobody, nobody),
        targets=targets,
        train=train,
        seen=np.ones(targets.size),
        sizes=Pair(1.0, 1.0),
    )


def _ratio(above: float, below: float) -> float:
    """Return a ratio of shares within bounds that no two recipes worth comparing exceed."""
    if above <= 0 or below <= 0:
        return 1.0  # scores without anything in common have no common scale
    return float(np.clip(above / below, 1 / WIDEST_SCALE, WIDEST_SCALE))
