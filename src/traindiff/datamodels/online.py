"""Datamodels from a stream of models: signed exponentiated gradient, one pass (METHOD §2).

Every training example is an expert who speaks for and against the output (see `Experts`). Several
radii run side by side; each target uses the one whose predictions of models it had not seen yet
were best.
"""

from collections import deque

import numpy as np

from traindiff.datamodels.base import Datamodels, Quality
from traindiff.datamodels.design import Design
from traindiff.datamodels.experts import Experts
from traindiff.datamodels.moments import Running
from traindiff.datamodels.path import Path, PathSettings
from traindiff.datamodels.quality import measure
from traindiff.datamodels.sample import Sample, as_model_weights
from traindiff.errors import InputError, positive, whole
from traindiff.outputs import Outputs
from traindiff.threads import one_blas_thread

__all__ = ["OnlineDatamodels", "online_path"]

_RADII = (2.0, 4.0, 8.0)


class OnlineDatamodels:
    """Datamodels that learn from models as they finish, in O(train · targets) memory.

    Parameters
    ----------
    n_train, n_targets : int
    radii : tuple of float
        ℓ1 norms to try, in standard deviations of output per standard deviation of mask entry.
    batch : int
        Models between two updates. Models wait until there are so many.
    window : int
        Number of latest models whose predictions, made before they were seen, give the quality.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> masks = rng.random((2000, 20)) < 0.5
    >>> values = (masks[:, :1] - 2.0 * masks[:, 1:2]).astype(np.float32)
    >>> online = OnlineDatamodels(n_train=20, n_targets=1).partial_fit(masks, values)
    >>> online.quality().mean > 0.95
    True
    """

    def __init__(
        self,
        *,
        n_train: int,
        n_targets: int,
        radii: tuple[float, ...] = _RADII,
        batch: int = 32,
        window: int = 512,
    ) -> None:
        numbers = {"n_train": n_train, "n_targets": n_targets, "batch": batch, "window": window}
        for name, number in {**numbers, "the number of radii": len(radii)}.items():
            whole(name, number)
        for radius in radii:
            positive("a radius", radius)
        self._shape, self._batch = (n_targets, n_train), batch
        self._experts = Experts(np.repeat(np.asarray(radii, np.float64), n_targets), n_train)
        self._running = Running(n_train, n_targets)
        self._arrived, self._absent = 0, np.zeros(0, np.int64)
        self._waiting: list[tuple[np.ndarray, np.ndarray, float]] = []
        self._recent: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=-(-window // batch))

    def partial_fit(
        self, masks: np.ndarray, values: np.ndarray, model_weights: np.ndarray | None = None
    ) -> "OnlineDatamodels":
        """Learn from more models; how they are cut into calls makes no difference.

        Parameters
        ----------
        masks : bool array, shape [models, train]
        values : array, shape [models, targets]
        model_weights : array, shape [models], optional
            How much each model counts, 1 = as usual, 0 = as if it were missing.

        Raises
        ------
        InputError
            When shapes are not those announced, masks are not boolean or a value is not finite.
        """
        outputs = Outputs(masks=masks, values=values)
        if (outputs.n_targets, outputs.n_train) != self._shape:
            raise InputError(
                f"expected masks [models, {self._shape[1]}] and values [models, {self._shape[0]}], "
                f"found {outputs.masks.shape} and {outputs.values.shape}."
            )
        weights = as_model_weights(model_weights, outputs.n_models)
        absent = self._arrived + np.flatnonzero(weights == 0)
        self._absent = np.concatenate([self._absent, absent])
        self._arrived += outputs.n_models
        for model in np.flatnonzero(weights):
            self._waiting.append((outputs.masks[model], outputs.values[model], weights[model]))
            if len(self._waiting) == self._batch:
                self.finish()
        return self

    def finish(self) -> "OnlineDatamodels":
        """Learn from the models that still wait for their batch to fill."""
        if self._waiting:
            masks, values, weights = (np.stack(part) for part in zip(*self._waiting, strict=True))
            self._waiting = []
            with one_blas_thread():
                self._update(masks, values.astype(np.float64), weights)
        return self

    def _update(self, masks: np.ndarray, values: np.ndarray, weights: np.ndarray) -> None:
        """Learn from one batch, whose outputs are predicted first."""
        if self._experts.updates:
            mean, scale = (self._tile(part) for part in self._running.outputs)
            predicted = self._running.standardised(masks) @ self._experts.average.T
            self._recent.append((predicted * scale + mean, values))
        self._running.add(masks, values, weights)
        mean, scale = self._running.outputs
        centred = self._running.standardised(masks)
        rest = centred @ self._experts.present.T - self._tile((values - mean) / scale)
        self._experts.move((rest * weights[:, None]).astype(np.float32).T @ centred)

    def _tile(self, values: np.ndarray) -> np.ndarray:
        """Repeat [..., targets] for every radius."""
        return np.tile(values, len(self._experts) // self._shape[0])

    def _best(self) -> np.ndarray:
        """Return the row of each target's best radius, by squared error in the window."""
        targets = self._shape[0]
        error = np.zeros(len(self._experts))
        for predicted, true in self._recent:
            error += ((predicted - self._tile(true)) ** 2).sum(axis=0)
        return np.asarray(error.reshape(-1, targets).argmin(axis=0) * targets + np.arange(targets))

    @property
    def weights(self) -> np.ndarray:
        """Weights so far, float32 [targets, train], in output units per training example."""
        if not self._experts.updates:
            return np.zeros(self._shape, np.float32)
        scale, unit = self._running.outputs[1], self._running.masks[1]
        return np.asarray(self._experts.average[self._best()] * scale[:, None] * unit, np.float32)

    def quality(self, *, seed: int = 0) -> Quality:
        """Return the live score: predictions of the latest models, made before they were seen.

        Raises
        ------
        InputError
            Before the second batch: nothing was predicted yet.
        """
        if not self._recent:
            raise InputError(
                f"no model was predicted yet: the score starts with the second batch of "
                f"{self._batch} models, {self._running.models + len(self._waiting)} came so far."
            )
        best = self._best()
        predicted = np.concatenate([part[:, best] for part, _ in self._recent])
        true = np.concatenate([part for _, part in self._recent])
        return measure(predicted, true, excluded=self._running.constant, seed=seed)

    def datamodels(self, *, seed: int = 0) -> Datamodels:
        """Return the datamodels so far, with their live score.

        Raises
        ------
        InputError
            Before the second batch.
        """
        quality = self.quality(seed=seed)
        (means, units), weights = self._running.masks, self.weights
        zeros = np.zeros(self._shape[0])
        return Datamodels(
            estimator="online",
            weights=weights,
            bias=np.asarray(self._running.outputs[0] - weights @ means, np.float32),
            penalty=zeros.astype(np.float32),
            residual=zeros,
            lds=quality,
            n_models=self._running.models,
            excluded_targets=self._running.constant,
            excluded_train=np.flatnonzero(units == 0),
            excluded_models=self._absent,
        )


def online_path(
    design: Design,
    settings: PathSettings,
    *,
    choice: Sample | None = None,
    grid: np.ndarray | None = None,
    last: np.ndarray | None = None,
) -> Path:
    """Stream a whole sample once, in its order; there is no penalty to choose.

    See Also
    --------
    traindiff.datamodels.path.PathFollower : the parameters.
    """
    sample = design.sample
    n_targets = sample.values.shape[1]
    online = OnlineDatamodels(n_train=sample.masks.shape[1], n_targets=n_targets)
    weights = None if sample.shares is None else sample.shares * len(sample.shares)
    online.partial_fit(sample.masks, sample.values, weights).finish()
    return Path.without_penalty(online.weights)
