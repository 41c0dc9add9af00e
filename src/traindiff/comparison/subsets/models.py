"""Two ensembles on random subsets, reduced to one small basis of their noise (METHOD §5.2, §5.4).

The basis and the covariances depend on outputs alone, not on which mask goes with which output.
They are therefore unchanged when outputs are permuted against masks, and any choice made from them
(the basis, the shrinkage, the whitening) leaves the permutation test exact.

Under the null hypothesis A − sB is noise that owes nothing to which examples a model saw, so
outputs may be permuted against masks: within each algorithm, or jointly when A and B are paired.
Where masks come in blocks (several models a mask, folds), blocks are permuted and not models.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations

import numpy as np

from traindiff import seeding
from traindiff.comparison.parts import Power
from traindiff.comparison.subsets.exchangeable import Blocks
from traindiff.comparison.subsets.least_squares import (
    Residual,
    corrected_on,
    least_squares_weights,
    solved_on,
)
from traindiff.comparison.subsets.nuisance_scale import PILOT, candidate_scales
from traindiff.comparison.subsets.outliers import robust_spread
from traindiff.comparison.subsets.power import advise
from traindiff.comparison.testing.folds import Fold, folds_of
from traindiff.comparison.testing.omnibus import ScaleTest
from traindiff.comparison.testing.permutations import Draw
from traindiff.comparison.testing.reduced import About, Candidates
from traindiff.comparison.testing.whitened import Fit, Measured, Whitening, measure_at
from traindiff.datamodels import difference_weights
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Advance

__all__ = ["Arm", "SubsetModels"]

CONTRADICTED = 1.0
"""Octaves by which ratios of robust and usual spreads differ before the robust one counts."""
ROUNDING = 1e-12
"""Share of the outputs' variance below which a difference is rounding of float32 numbers."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arm:
    """One algorithm's outputs in the shared basis, beside the contrast of its masks.

    Parameters
    ----------
    outputs : float32 array, shape [basis, models]
        Centred outputs, projected on the basis; the difference datamodels of the basis targets are
        ``outputs @ contrast`` (METHOD §2).
    contrast : float32 array, shape [models, train]
        Columns have the same noise: each is divided by its norm relative to the average.
    noise : float
        Average squared norm of a contrast column: the variance that one unit of output variance
        brings to a difference datamodel, 1/(m α(1−α)) for balanced masks.
    """

    outputs: np.ndarray
    contrast: np.ndarray
    noise: float

    @property
    def n_models(self) -> int:
        """Number of models."""
        return int(self.outputs.shape[1])

    @cached_property
    def covariance(self) -> np.ndarray:
        """Covariance of the outputs across models, shape [basis, basis]."""
        return _cross_covariance(self.outputs, self.outputs)

    def most(self, outputs: np.ndarray) -> float:
        """Return the squared size of datamodels that would explain all variance of the outputs.

        ``outputs`` [models, targets] are those of all targets, not of the basis alone. Of random
        subsets of one size, ‖θ‖² α(1−α) (n−1)/n is what a difference of means explains.
        """
        n_train = self.contrast.shape[1]
        variance = float(outputs.var(axis=0, ddof=1, dtype=np.float64).sum())
        return float(variance * self.noise * self.n_models * n_train / (n_train - 1))

    def datamodels(self) -> np.ndarray:
        """Return the difference datamodels [basis, train]."""
        return np.asarray(self.outputs @ self.contrast)

    def permuted(self, order: np.ndarray) -> np.ndarray:
        """Return the difference datamodels of outputs in another order than their masks."""
        return np.asarray(self.outputs[:, order] @ self.contrast)

    def part(self, models: np.ndarray) -> np.ndarray:
        """Return the difference datamodels of some models, from the contrast of all, rescaled.

        Of the same size on average: a part loses a degree of freedom to its own mean, as all do.
        """
        outputs = self.outputs[:, models]
        # Centred anew: the mean of a part times its contrast is no datamodel, only imbalance.
        outputs = outputs - outputs.mean(axis=1, keepdims=True)
        growth = np.float32((self.n_models - 1) / max(len(models) - 1, 1))
        return np.asarray(growth * (outputs @ self.contrast[models]))

    def solved(self, models: np.ndarray) -> np.ndarray:
        """Return the least-squares datamodels of some models, with a least-squares contrast."""
        return solved_on(self.outputs[:, models], self.contrast[models], self.contrast)

    def corrected(self, rest: np.ndarray, part: np.ndarray) -> np.ndarray:
        """Return least-squares datamodels of a part of the models, with the help of the rest."""
        return corrected_on(self.outputs, self.contrast, rest, part)


@dataclass(frozen=True, kw_only=True, eq=False)
class SubsetModels:
    """A against B, in the basis of their largest noise (a `Reduced`).

    Parameters
    ----------
    outputs : Pair of Outputs
        Of what is informative.
    arms : Pair of Arm
        If ``about.paired``, row i of A and of B share a mask, and their noise is taken jointly.
    blocks : Pair of Blocks
        The models of each that are permuted as wholes.
    basis : array, shape [targets, basis]
        Orthonormal columns.
    shrinkage : float in [0, 1]
        Of the noise covariance toward its mean eigenvalue (METHOD §5.2).
    about : About
    residual : Residual or None
        What is left of the outputs' covariance where datamodels are least squares; None where they
        are differences of means, to which all other training examples are noise.
    """

    outputs: Pair[Outputs]
    arms: Pair[Arm]
    blocks: Pair[Blocks]
    basis: np.ndarray
    shrinkage: float
    about: About
    residual: Residual | None = None

    def whole(self) -> Fit:
        """Return the difference datamodels of all models."""
        return self._whole

    @cached_property
    def _whole(self) -> Fit:
        return self.arms.map(Arm.datamodels)

    def parts(self, count: int, seed: int) -> list[Fit]:
        """Return the difference datamodels of ``count`` disjoint random parts of the models."""
        return [self._part(Pair(*cut)) for cut in zip(*self._cuts(count, seed), strict=True)]

    def folds(self, count: int, seed: int) -> Iterator[Fold]:
        """Yield two parts and the fit on all other models."""
        if self.residual is None:
            yield from folds_of(self.parts(count, seed))
            return
        for held in combinations(self._cuts(count, seed).a, 2):
            rest = np.setdiff1d(np.arange(self.arms.a.n_models), np.concatenate(held))
            first, second = (self._corrected(rest, part) for part in held)
            yield Fold(rest=self._part(Pair(rest, rest)), first=first, second=second)

    def _cuts(self, count: int, seed: int) -> Pair[list[np.ndarray]]:
        rng = seeding.stream(seed, "parts", count)
        orders = self._together(lambda blocks: blocks.shuffled(rng))
        return orders.map(lambda order: np.array_split(order, count))

    def _part(self, models: Pair[np.ndarray]) -> Fit:
        make = Arm.part if self.residual is None else Arm.solved
        return Pair(*(make(arm, rows) for arm, rows in zip(self.arms, models, strict=True)))

    def _corrected(self, rest: np.ndarray, part: np.ndarray) -> Fit:
        return self.arms.map(lambda arm: arm.corrected(rest, part))

    def null(self, count: int, seed: int) -> Sequence[Draw]:
        """Return permutations; the i-th depends on ``seed`` and i alone."""
        named = seeding.derive(seed, "compare")
        return [partial(self._permuted, named, index) for index in range(count)]

    def _permuted(self, seed: int, index: int, whitenings: Sequence[Whitening]) -> list[Measured]:
        rng = seeding.stream(seed, "permutation", index)
        orders = self._together(lambda blocks: blocks.permutation(rng))
        fit = Pair(self.arms.a.permuted(orders.a), self.arms.b.permuted(orders.b))
        if self.residual is not None:
            # Residuals depend on who is permuted where: chosen anew in each draw, as in the data.
            whitenings = [self._whitening(whitening.scale, fit) for whitening in whitenings]
        return measure_at(whitenings, *fit)

    def _together(self, order: Callable[[Blocks], np.ndarray]) -> Pair[np.ndarray]:
        """Return an order of the models of A and one of B: the same where they are paired."""
        first = order(self.blocks.a)
        # A pair shares its noise: taken apart, the null would be noisier than A − sB is.
        return Pair(first, first if self.about.paired else order(self.blocks.b))

    def noise_covariance(self, scale: float) -> np.ndarray:
        """Return Σ(s): covariance across targets of the noise of one column of R (METHOD §5.2)."""
        # Columns of the contrast have about one norm (`prepare`): one covariance serves them all.
        a, b = self.arms
        own = a.noise * a.covariance + scale**2 * b.noise * b.covariance
        if not self.about.paired:
            return own
        # Pairs share a contrast, so what a run adds to both cancels: this is where pairing pays.
        return np.asarray(own - scale * a.noise * (self._cross + self._cross.T))

    @cached_property
    def _cross(self) -> np.ndarray:
        return _cross_covariance(self.arms.a.outputs, self.arms.b.outputs)

    def whitening(self, scale: float) -> Whitening:
        """Return how to look at the difference at one scale."""
        return self._whitening(scale, self.whole())

    def _whitening(self, scale: float, fit: Fit) -> Whitening:
        covariance = self.noise_covariance(scale)
        if self.residual is not None:
            covariance = self.residual.of(covariance, fit.a - scale * fit.b)
        if np.trace(covariance) <= ROUNDING * self._own_variance(scale):
            covariance = np.zeros_like(covariance)  # A and sB are the same numbers: no difference
        return Whitening.of(covariance, self.basis, scale=scale, shrinkage=self.shrinkage)

    def _own_variance(self, scale: float) -> float:
        a, b = self.arms.map(lambda arm: arm.noise * np.trace(arm.covariance))
        return float(a + scale**2 * b)

    def scale_guess(self) -> float:
        """Return the ratio of the outputs' overall standard deviations, A to B (METHOD §5.1).

        That of their median absolute deviations where it contradicts the other: a few wild models
        then make one standard deviation (METHOD §10.3).
        """
        a, b = self.arms.map(lambda arm: np.trace(arm.covariance))
        usual = float(np.sqrt(a / b))
        robust = self.arms.map(lambda arm: robust_spread(arm.outputs))
        if min(robust) == 0:
            return usual
        ratio = robust.a / robust.b
        return ratio if abs(math.log2(ratio / usual)) > CONTRADICTED else usual

    def scales(self, seed: int, advance: Advance) -> Candidates:
        """Return the scales at which the data fit the null hypothesis best."""
        pilot = self.null(PILOT, seed)
        return candidate_scales(self, self.scale_guess(), pilot, advance)

    def weights(self) -> Pair[np.ndarray]:
        """Return the datamodels of all targets, 0 where excluded."""
        weights = difference_weights if self.residual is None else least_squares_weights

        def of(side: Outputs, size: float) -> np.ndarray:
            own = weights(side.masks, side.values / side.values.dtype.type(size))
            # Of outputs beyond float32 the datamodels are, too.
            own = self.on_train(own * side.values.dtype.type(size))
            return self.on_targets(own.T).T

        (a, b), sizes = self.outputs, self.about.sizes
        return Pair(of(a, sizes.a), of(b, sizes.b))

    def on_train(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Return values an informative training example on the whole axis."""
        return self.about.train.spread(values, fill)

    def on_targets(self, values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Return values an informative target on the whole axis."""
        return self.about.targets.spread(values, fill)

    def least_q_value(self, p_value: float) -> float:
        """Return 0: examples and targets stand for themselves, whatever the global test says."""
        return 0.0

    def power(
        self, p_value: float, shown: ScaleTest, half_totals: Sequence[float], level: float
    ) -> Power:
        """Return how many more models it would take."""
        models = min(self.about.n_models)
        return advise(p_value, shown, half_totals, n_models=models, level=level)


def _cross_covariance(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    # Double precision: where A and sB almost agree, Σ(s) is the small difference of large numbers.
    return np.asarray(left.astype(np.float64) @ right.T.astype(np.float64) / (left.shape[1] - 1))
