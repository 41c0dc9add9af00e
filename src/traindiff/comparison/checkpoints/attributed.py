"""Attributions of the checkpoints of A and of B, reduced to the basis of their noise.

Noise is what attributions of one algorithm differ by from checkpoint to checkpoint, and the null
relabels checkpoints. Everything chosen by looking at the data (the common mean, the basis, the
covariance) is chosen from all checkpoints together, so that no relabelling changes it; all else is
computed anew under each, and the test is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from traindiff import seeding
from traindiff.comparison.base import Power
from traindiff.comparison.checkpoints.scaled_scores import ScaledScores
from traindiff.comparison.omnibus import ScaleTest
from traindiff.comparison.permutations import Draw
from traindiff.comparison.reduced import About, Informative
from traindiff.comparison.whitened import Fit, Measured, Whitening, leading_basis
from traindiff.pair import Pair
from traindiff.progress import Advance
from traindiff.statistics.relabelling import Relabellings

__all__ = ["FEWEST_CHECKPOINTS", "AttributedCheckpoints", "prepare"]

FEWEST_CHECKPOINTS = 3
WIDEST_SCALE = 2**1.5


@dataclass(frozen=True, kw_only=True, eq=False)
class AttributedCheckpoints:
    """Checkpoints of A and then of B (`traindiff.comparison.reduced.Reduced`).

    Parameters
    ----------
    scores : ScaledScores
        Of each checkpoint.
    reduced : float32 array, shape [checkpoints, basis, train]
        The same in the basis.
    shares : array, shape [checkpoints]
        How much of the common mean is in each.
    labels : bool array, shape [checkpoints]
        Who is A's.
    basis : array, shape [targets, basis]
        Orthonormal columns.
    covariance : array, shape [basis, basis]
        Of the noise of one column of the difference of means.
    shrinkage : float in [0, 1]
    about : About
    """

    scores: ScaledScores
    reduced: np.ndarray
    shares: np.ndarray
    labels: np.ndarray
    basis: np.ndarray
    covariance: np.ndarray
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

    def null(self, count: int, seed: int) -> Sequence[Draw]:
        """Return all relabellings where they are at most ``count``, else so many at random."""
        a, b = self.about.n_models
        named = seeding.derive(seed, "compare checkpoints")
        draws = Relabellings(a=a, b=b, most=count, seed=named)
        return [partial(self._relabelled, chosen) for chosen in draws]

    def _relabelled(self, chosen: np.ndarray, whitenings: Sequence[Whitening]) -> list[Measured]:
        a, b = self._means(chosen, ~chosen)
        return [whitening.measure(a, b) for whitening in whitenings]

    def whitening(self, scale: float) -> Whitening:
        """Return how to look at the difference of means, which are scaled already."""
        return Whitening.of(self.covariance, self.basis, scale=scale, shrinkage=self.shrinkage)

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
    common = _common(scores)
    shares = np.array([float(np.vdot(common, each)) for each in scores])
    basis, variances = leading_basis(_noise(scores, common, shares))
    size = 1 / labels.sum() + 1 / (~labels).sum()
    return AttributedCheckpoints(
        scores=scores,
        reduced=np.stack([basis.T @ each for each in scores]),
        shares=shares,
        labels=labels,
        basis=basis,
        covariance=np.diag(variances * size),
        shrinkage=shrinkage,
        about=_about(scores, Pair(len(a), len(b))),
    )


def _common(scores: ScaledScores) -> np.ndarray:
    """Return the mean of all checkpoints, of unit norm."""
    mean = scores.weighted(np.full(len(scores), 1 / len(scores)))
    norm = float(np.linalg.norm(mean))  # 0 where all scores cancel: nothing is common then
    return np.asarray(mean / norm if norm else mean, np.float32)


def _noise(scores: ScaledScores, common: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the covariance across targets of what is not common [targets, targets].

    Around the mean of all and not around each side's own, which a relabelling would change. A
    difference between A and B is thereby part of its own noise: the price of an exact test.
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
    return About(
        method="checkpoints",
        draws="relabellings",
        trials=0,
        n_models=n_models,
        paired=False,
        targets=targets,
        train=train,
        seen=np.ones(targets.size),
    )


def _ratio(above: float, below: float) -> float:
    """Return a ratio of shares within bounds that no two recipes worth comparing exceed."""
    if above <= 0 or below <= 0:
        return 1.0  # scores without anything in common have no common scale
    return float(np.clip(above / below, 1 / WIDEST_SCALE, WIDEST_SCALE))
