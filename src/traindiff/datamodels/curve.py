"""How the quality of datamodels grows with the number of models, and what more would bring."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares

from traindiff import seeding
from traindiff.datamodels.base import Quality
from traindiff.datamodels.fit import as_sample, estimator_named, fit_split
from traindiff.datamodels.path import PathSettings
from traindiff.datamodels.split import split_models
from traindiff.errors import InputError
from traindiff.outputs import Outputs

__all__ = ["LearningCurve", "learning_curve"]


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningCurve:
    """Mean LDS against the number of models fitted: lds(m) ≈ limit / sqrt(1 + half / m).

    That is the correlation of a linear signal with its estimate when the variance of the estimate
    falls like 1/m, exact for difference datamodels.

    Parameters
    ----------
    sizes : int array, shape [points]
        Numbers of models fitted, rising.
    qualities : tuple of Quality, one a size
        All on the same held-out models.
    limit : float
        LDS that endlessly many models would reach, in [0, 1]: what is linear and not noise.
    half : float
        Number of models at which the estimate is half signal, half noise.
    """

    sizes: np.ndarray
    qualities: tuple[Quality, ...]
    limit: float
    half: float

    @property
    def lds(self) -> np.ndarray:
        """Mean LDS, float64, shape [points]."""
        return np.array([quality.mean for quality in self.qualities])

    def at(self, n_models: float) -> float:
        """Return the mean LDS to expect from ``n_models`` fitted models."""
        return float(self.limit / np.sqrt(1 + self.half / n_models))

    def models_for(self, lds: float) -> int | None:
        """Return the number of fitted models to expect ``lds`` from; None: no number will do."""
        if not 0 < lds < self.limit:
            return None
        return max(2, int(np.ceil(self.half / ((self.limit / lds) ** 2 - 1))))


def learning_curve(
    outputs: Outputs,
    estimator: str = "lasso",
    *,
    sizes: Sequence[int] | None = None,
    held_out: float = 0.2,
    model_weights: np.ndarray | None = None,
    settings: PathSettings | None = None,
    seed: int = 0,
) -> LearningCurve:
    """Fit nested sets of models, judge them on the same held-out ones, and extrapolate.

    Parameters
    ----------
    outputs, estimator, held_out, model_weights, settings, seed
        As for `traindiff.datamodels.fit_datamodels`.
    sizes : sequence of int, optional
        Numbers of models to fit; default: the largest possible, and 1/2, 1/4, 1/8 of it.

    Raises
    ------
    InputError
        When fewer than two sizes fit between 2 and the number of models not held out.
    """
    sample = as_sample(outputs, model_weights)
    split = split_models(
        len(sample.masks), held_out, choosing=estimator_named(estimator).chooses, seed=seed
    )
    numbers = _sizes(sizes, len(split.fit))
    order = seeding.stream(seed, "learning-curve").permutation(split.fit)
    splits = (replace(split, fit=np.sort(order[:size])) for size in numbers)
    qualities = tuple(
        fit_split(estimator, sample, one, settings or PathSettings(), seed=seed).lds
        for one in splits
    )
    limit, half = _extrapolation(numbers, np.array([quality.mean for quality in qualities]))
    return LearningCurve(sizes=numbers, qualities=qualities, limit=limit, half=half)


def _sizes(sizes: Sequence[int] | None, most: int) -> np.ndarray:
    wanted = np.array([most // 8, most // 4, most // 2, most]) if sizes is None else sizes
    numbers = np.unique(np.asarray(wanted, np.int64))
    if sizes is None:
        numbers = numbers[numbers >= 2]
    if len(numbers) < 2 or numbers[0] < 2 or numbers[-1] > most:
        raise InputError(
            f"sizes must hold at least two different numbers between 2 and {most}, the models that "
            f"are not held out; found {numbers.tolist()}."
        )
    return numbers


def _extrapolation(sizes: np.ndarray, lds: np.ndarray) -> tuple[float, float]:
    """Return limit and half of the curve through the points, by least squares."""
    if lds.max() <= 0:
        return 0.0, float(sizes[-1])

    def gap(parameters: np.ndarray) -> np.ndarray:
        return np.asarray(parameters[0] / np.sqrt(1 + np.exp(parameters[1]) / sizes) - lds)

    start = np.array([min(1.0, 1.2 * lds.max()), np.log(sizes[-1])])
    bounds = ([0.0, np.log(1e-3)], [1.0, np.log(1e9)])
    limit, log_half = least_squares(gap, start, bounds=bounds).x
    return float(limit), float(np.exp(log_half))
