"""From outputs to evidence: what is informative, in the basis of the largest noise."""

import numpy as np

from traindiff.comparison.parts import Estimator
from traindiff.comparison.subsets.evening import constant_targets, even, unit
from traindiff.comparison.subsets.exchangeable import Blocks, exchangeable
from traindiff.comparison.subsets.least_squares import Residual, decorrelated_contrast
from traindiff.comparison.subsets.models import Arm, SubsetModels
from traindiff.comparison.subsets.nuisance_scale import PILOT
from traindiff.comparison.subsets.outliers import without_far_models
from traindiff.comparison.subsets.pairing import Matched
from traindiff.comparison.testing.reduced import About, Informative
from traindiff.comparison.testing.whitened import leading_basis
from traindiff.datamodels import contrast_matrix, uninformative_train
from traindiff.errors import InputError
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = ["prepare"]


def prepare(
    models: Matched, *, shrinkage: float, estimator: Estimator = "difference"
) -> SubsetModels:
    """Reduce two sets of outputs to their shared basis.

    Targets are given equal variance first, A and B counted alike: else the basis would hold only
    those that vary most.

    Raises
    ------
    InputError
        When no target varies in both, no training example is in and out of masks in both, or masks
        are related in a way that leaves nothing to permute.
    """
    models, diverged = without_far_models(models)
    paired = models.paired
    targets, train = _informative(*models.outputs)
    blocks = _blocks(models)
    outputs = models.outputs.map(lambda side: _restricted(side, targets.kept, train.kept))
    sizes = outputs.map(unit)
    evened, spread = even(outputs, sizes)
    stacked = _stacked(evened)
    basis, variances = leading_basis(stacked)
    solved = estimator == "least-squares"
    arms = (_solved if solved else _arms)(outputs, evened, basis, paired=paired)
    return SubsetModels(
        outputs=outputs,
        arms=arms,
        residual=Residual.of_contrast(arms.a.contrast) if solved else None,
        blocks=blocks,
        basis=basis,
        shrinkage=shrinkage,
        about=About(
            method="honest",
            estimator=estimator,
            draws="permutations",
            trials=PILOT,
            n_models=outputs.map(lambda side: side.n_models),
            paired=paired,
            unmatched=models.unmatched,
            diverged=diverged,
            targets=targets,
            train=train,
            units=spread[:, None] * basis,
            seen=np.square(basis) @ variances / np.square(stacked, dtype=np.float64).sum(axis=0),
            sizes=sizes,
            most=Pair(*(arm.most(side) for arm, side in zip(arms, evened, strict=True))),
        ),
    )


def _informative(a: Outputs, b: Outputs) -> tuple[Informative, Informative]:
    """Return the targets that vary, and the train examples in and out of masks, in A and in B."""
    constant = constant_targets(a) | constant_targets(b)
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


def _blocks(models: Matched) -> Pair[Blocks]:
    a, b = models.outputs
    if models.paired:
        both = exchangeable(a.masks, "A and B")
        return Pair(both, both)
    return Pair(exchangeable(a.masks, "A"), exchangeable(b.masks, "B"))


def _restricted(side: Outputs, targets: np.ndarray, train: np.ndarray) -> Outputs:
    return Outputs(masks=side.masks[:, train], values=side.values[:, targets])


def _stacked(evened: Pair[np.ndarray]) -> np.ndarray:
    """Return rows [models of A and of B, targets] whose squares are the covariance of outputs.

    B's as large as A's.
    """
    a, b = evened
    balance = np.sqrt(a.var() / b.var())
    return np.vstack([a / np.sqrt(len(a)), balance * b / np.sqrt(len(b))])


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
