"""Fit datamodels: split the models, choose the penalty, measure the quality."""

from dataclasses import dataclass, replace

import numpy as np

from traindiff.datamodels.base import Datamodels
from traindiff.datamodels.design import Design
from traindiff.datamodels.difference import difference_path
from traindiff.datamodels.lasso import lasso_path
from traindiff.datamodels.online import online_path
from traindiff.datamodels.path import Path, PathFollower, PathSettings
from traindiff.datamodels.quality import measure
from traindiff.datamodels.ridge import ridge_path
from traindiff.datamodels.sample import Sample, as_model_weights
from traindiff.datamodels.split import Split, fold_indices, split_models
from traindiff.errors import InputError, one_of
from traindiff.outputs import Outputs
from traindiff.threads import one_blas_thread

__all__ = [
    "ESTIMATORS",
    "Estimator",
    "as_sample",
    "estimator_named",
    "fit_datamodels",
    "fit_split",
]


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """How to fit, and whether there is a penalty to choose."""

    follow: PathFollower
    chooses: bool


ESTIMATORS = {
    "lasso": Estimator(follow=lasso_path, chooses=True),
    "ridge": Estimator(follow=ridge_path, chooses=True),
    "difference": Estimator(follow=difference_path, chooses=False),
    "online": Estimator(follow=online_path, chooses=False),
}


def fit_datamodels(
    outputs: Outputs,
    estimator: str = "lasso",
    *,
    held_out: float = 0.2,
    folds: int | None = None,
    model_weights: np.ndarray | None = None,
    settings: PathSettings | None = None,
    seed: int = 0,
) -> Datamodels:
    """Fit a linear datamodel to every target (METHOD §2).

    Parameters
    ----------
    outputs : Outputs
        Masks and outputs of the models of one algorithm.
    estimator : {"lasso", "ridge", "difference", "online"}
    held_out : float
        Share of the models that the fit never sees. They measure the quality; for an estimator
        with a penalty, half of them choose it instead and do not enter the quality.
    folds : int, optional
        Choose penalties by cross-validation: only the models that measure the quality are held
        out, the others choose in this many folds, and are then all fitted.
    model_weights : array, shape [models], optional
        How much each model counts in the fit and in the choice of the penalty, >= 0; 0 = as if it
        were missing. The quality counts all held-out models alike.
    settings : PathSettings, optional
        Penalties, patience, memory, threads.
    seed : int
        Names the split of the models, with its length and ``held_out``.

    Returns
    -------
    Datamodels

    Raises
    ------
    InputError
        When there are too few models or train examples, all masks are equal, or an argument is
        out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> masks = rng.random((400, 20)) < 0.5
    >>> values = masks[:, :1] - 2.0 * masks[:, 1:2]
    >>> datamodels = fit_datamodels(Outputs(masks=masks, values=values))
    >>> datamodels.weights[0, :3].round(1) + 0.0
    array([ 1., -2.,  0.], dtype=float32)
    """
    sample, method = as_sample(outputs, model_weights), estimator_named(estimator)
    choosing = method.chooses and folds is None
    split = split_models(len(sample.masks), held_out, choosing=choosing, seed=seed)
    datamodels = fit_split(
        estimator, sample, split, settings or PathSettings(), folds=folds, seed=seed
    )
    absent = np.flatnonzero(as_model_weights(model_weights, outputs.n_models) == 0)
    return replace(datamodels, excluded_models=absent)


def fit_split(
    estimator: str,
    sample: Sample,
    split: Split,
    settings: PathSettings,
    *,
    folds: int | None = None,
    seed: int,
) -> Datamodels:
    """Fit on the models that ``split`` names; see `fit_datamodels`."""
    method, design = estimator_named(estimator), Design.of(sample.take(split.fit))
    if method.chooses and folds is not None:
        path = _cross_validated(method.follow, design, settings, folds, seed)
    else:
        choice = sample.take(split.choose) if method.chooses else None
        path = method.follow(design, settings, choice=choice)
    with one_blas_thread():
        return _judged(estimator, design, path, sample.take(split.judge), seed, settings.threads)


def estimator_named(name: str) -> Estimator:
    """Return the estimator of that name.

    Raises
    ------
    InputError
        When there is none.
    """
    return ESTIMATORS[one_of("estimator", name, ESTIMATORS, "the estimators are")]


def as_sample(outputs: Outputs, model_weights: np.ndarray | None = None) -> Sample:
    """Return the models that count.

    Raises
    ------
    InputError
        When there are fewer than 2 models or training examples, or weights are out of range.
    """
    weights = as_model_weights(model_weights, outputs.n_models)
    present = np.flatnonzero(weights)
    if len(present) < 2 or outputs.n_train < 2:
        raise InputError(
            f"datamodels need at least 2 models and 2 training examples, found "
            f"{len(present)} and {outputs.n_train}."
        )
    shares = None if np.ptp(weights[present]) == 0 else weights
    sample = Sample(masks=outputs.masks, values=outputs.values, shares=shares)
    return sample if len(present) == outputs.n_models and shares is None else sample.take(present)


def _cross_validated(
    follow: PathFollower, design: Design, settings: PathSettings, folds: int, seed: int
) -> Path:
    """Choose each target's penalty by its mean error over folds, then fit on all of them.

    Each fold stops early to find out how far the path is worth following; then every fold goes as
    far as the one that went furthest, so that all count at every penalty.
    """
    sample = design.sample
    first = np.zeros(sample.values.shape[1], np.int64)
    grid = follow(design, settings, last=first).grid
    parts = fold_indices(len(sample.masks), folds, seed=seed)
    errors = _fold_errors(follow, sample, settings, parts, grid)
    tried = np.isfinite(errors)
    if not tried.all():
        furthest = tried.sum(axis=2).max(axis=0) - 1
        whole = replace(settings, patience=settings.penalties, doubt=np.inf)
        errors = _fold_errors(follow, sample, whole, parts, grid, furthest)
    return follow(design, settings, grid=grid, last=errors.sum(axis=0).argmin(axis=1))


def _fold_errors(
    follow: PathFollower,
    sample: Sample,
    settings: PathSettings,
    parts: list[np.ndarray],
    grid: np.ndarray,
    last: np.ndarray | None = None,
) -> np.ndarray:
    """Return the errors on each of some models by fits on the others [folds, targets, penalties].

    A fold where a target is constant prefers no penalty to another: its errors are 0.
    """
    errors = np.zeros((len(parts), *grid.shape))
    for own, part in zip(errors, parts, strict=True):
        inside = Design.of(sample.take(np.setdiff1d(np.arange(len(sample.masks)), part)))
        own[:] = follow(inside, settings, choice=sample.take(part), grid=grid, last=last).errors
        own[inside.constant] = 0
    return errors


def _judged(
    estimator: str, design: Design, path: Path, judge: Sample, seed: int, threads: int | None
) -> Datamodels:
    """Return the datamodels at the chosen penalties, with their score on models never seen."""
    bias = design.output_means - path.weights @ design.means
    penalty = np.take_along_axis(path.grid, path.chosen[:, None], axis=1)[:, 0]
    predicted = judge.masks.astype(np.float32) @ path.weights.T + bias
    return Datamodels(
        estimator=estimator,
        weights=path.weights,
        bias=bias.astype(np.float32),
        penalty=penalty,
        residual=path.residual,
        lds=measure(predicted, judge.values, excluded=design.constant, seed=seed, threads=threads),
        n_models=len(design.sample.masks),
        excluded_targets=design.constant,
        excluded_train=np.flatnonzero(~design.informative),
    )
