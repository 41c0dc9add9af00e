"""From outputs to evidence: what is informative, in the basis of the largest noise."""

import math

import numpy as np

from traindiff.comparison.base import Estimator
from traindiff.comparison.reduced import About, Informative
from traindiff.comparison.subsets.least_squares import Residual, decorrelated_contrast
from traindiff.comparison.subsets.models import Arm, SubsetModels
from traindiff.comparison.subsets.nuisance_scale import PILOT
from traindiff.comparison.whitened import leading_basis
from traindiff.datamodels import contrast_matrix, uninformative_train
from traindiff.errors import InputError
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = ["prepare"]


def prepare(
    a: Outputs,
    b: Outputs,
    *,
    paired: bool,
    shrinkage: float,
    estimator: Estimator = "difference",
) -> SubsetModels:
    """Reduce two sets of outputs to their shared basis.

    Targets are given equal variance first, A and B counted alike: else the basis would hold only
    those that vary most.

    Raises
    ------
    InputError
        When no target varies in both, no training example is in and out of masks in both, or masks
        that differ between A and B mostly repeat themselves.
    """
    targets, train = _informative(a, b)
    if not paired:
        _check_distinct(a, b)
    outputs = Pair(a, b).map(lambda side: _restricted(side, targets.kept, train.kept))
    raw = outputs.map(lambda side: _centred(side.values))
    spread = _spread(raw)
    centred = raw.map(lambda side: side / spread)
    covariance = _covariance(centred)
    basis, variances = leading_basis(covariance)
    solved = estimator == "least-squares"
    arms = (_solved if solved else _arms)(outputs, centred, basis, paired=paired)
    return SubsetModels(
        outputs=outputs,
        arms=arms,
        residual=Residual.of_contrast(arms.a.contrast) if solved else None,
        basis=basis,
        shrinkage=shrinkage,
        about=About(
            method="honest",
            estimator=estimator,
            draws="permutations",
            trials=PILOT,
            n_models=outputs.map(lambda side: side.n_models),
            paired=paired,
            targets=targets,
            train=train,
            units=spread[:, None] * basis,
            seen=np.square(basis) @ variances / np.diagonal(covariance),
        ),
    )


def _informative(a: Outputs, b: Outputs) -> tuple[Informative, Informative]:
    """Return the targets that vary, and the train examples in and out of masks, in A and in B."""
    constant = (np.ptp(a.values, axis=0) == 0) | (np.ptp(b.values, axis=0) == 0)
    if constant.all():
        raise InputError(
            "every target has the same output from all models of A, or from all models of B: there "
            "is nothing to compare. Are the outputs those of models trained on different subsets?"
        )
    varied = np.ones(a.n_train, dtype=bool)
    for side in (a, b):
        varied[uninformative_train(side.masks)] = False
    if varied.sum() <= 1:
        raise InputError(
            f"{(~varied).sum()} of {a.n_train} training examples are in every mask or in none, in "
            "A or in B: masks must be random subsets that differ from model to model."
        )
    return Informative.of(~constant), Informative.of(varied)


def _check_distinct(a: Outputs, b: Outputs) -> None:
    """Refuse several models a mask: permuted among masks, they would not be exchangeable."""
    for name, side in Pair(a, b).items():
        distinct = len(np.unique(np.packbits(side.masks, axis=1), axis=0))
        if distinct < _expected_distinct(side) / 2:
            raise InputError(
                f"{name} has {side.n_models} models on {distinct} masks. Where A and B have other "
                "masks, models of one mask are not independent: average their outputs, or give A "
                "and B the same masks, row by row."
            )


def _expected_distinct(side: Outputs) -> float:
    """Return how many masks differ if each is drawn at random from all subsets of its size."""
    n, m = side.n_train, side.n_models
    possible = float(min(math.comb(n, round(n * side.masks.mean())), 10**15))
    return -possible * math.expm1(-m / possible)


def _restricted(side: Outputs, targets: np.ndarray, train: np.ndarray) -> Outputs:
    return Outputs(masks=side.masks[:, train], values=side.values[:, targets])


def _centred(values: np.ndarray) -> np.ndarray:
    # The mean in double precision: outputs may sit on an offset that float32 can hardly tell from
    # outputs a model apart (METHOD §10.4).
    return np.asarray(values - values.mean(axis=0, dtype=np.float64), dtype=np.float32)


def _spread(centred: Pair[np.ndarray]) -> np.ndarray:
    """Return the relative spread of each target over the models of A and of B; mean square 1."""
    own = centred.map(lambda side: side.var(axis=0, dtype=np.float64))
    squares = own.a / own.a.mean() + own.b / own.b.mean()
    return np.asarray(np.sqrt(squares / squares.mean()), dtype=np.float32)


def _covariance(centred: Pair[np.ndarray]) -> np.ndarray:
    """Return the covariance [targets, targets] of A's and B's outputs, B's as large as A's."""
    a, b = centred
    balance = np.sqrt(a.var() / b.var())
    stacked = np.vstack([a / np.sqrt(len(a)), balance * b / np.sqrt(len(b))])
    return np.asarray((stacked.T @ stacked).astype(np.float64))


def _arms(
    outputs: Pair[Outputs], centred: Pair[np.ndarray], basis: np.ndarray, *, paired: bool
) -> Pair[Arm]:
    contrast_a = contrast_matrix(outputs.a.masks)
    contrasts = Pair(contrast_a, contrast_a if paired else contrast_matrix(outputs.b.masks))
    norms = contrasts.map(lambda contrast: (contrast**2).sum(axis=0))
    # An example that few models saw has noisier weights: in one unit of noise, A and B counted
    # alike, so that largest columns are of all examples and not of the rarest.
    relative = np.sqrt((norms.a / norms.a.mean() + norms.b / norms.b.mean()) / 2)
    even_a = contrasts.a / relative
    even = Pair(even_a, even_a if paired else contrasts.b / relative)
    a, b = (
        Arm(outputs=basis.T @ side.T, contrast=contrast, noise=float(norm.mean()))
        for side, contrast, norm in zip(centred, even, norms, strict=True)
    )
    return Pair(a, b)


def _solved(
    outputs: Pair[Outputs], centred: Pair[np.ndarray], basis: np.ndarray, *, paired: bool
) -> Pair[Arm]:
    """Return arms whose datamodels are least squares; of pairs only, whose masks are equal."""
    assert paired, "least squares needs the masks of A and B to be equal"
    contrast = decorrelated_contrast(outputs.a.masks)
    noise = float(np.square(contrast).sum(axis=0).mean())
    return centred.map(lambda side: Arm(outputs=basis.T @ side.T, contrast=contrast, noise=noise))
