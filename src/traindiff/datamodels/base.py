"""What datamodels are: one linear map a target, from a mask to an output, and how good it is."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32, Float64, Integer

from traindiff.errors import InputError
from traindiff.outputs import Outputs

__all__ = ["Datamodels", "Quality"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Quality:
    """Linear datamodeling score (LDS) on models that the fit never saw (METHOD §2).

    Parameters
    ----------
    per_target : array, float64, shape [targets]
        Spearman correlation over held-out models of predicted and true output, in [-1, 1];
        0 for a zero datamodel and for an excluded target.
    mean : float
        Mean over the targets that are not excluded.
    quartiles : tuple of 3 floats
        25%, 50% and 75% over the same targets.
    interval : tuple of 2 floats
        95% percentile-bootstrap interval of the mean, resampling held-out models.
    n_models : int
        Number of held-out models.
    """

    per_target: Float64[np.ndarray, " targets"]
    mean: float
    quartiles: tuple[float, float, float]
    interval: tuple[float, float]
    n_models: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Datamodels:
    """Linear datamodels of one learning algorithm: output ≈ <weights, mask> + bias (METHOD §2).

    Parameters
    ----------
    estimator : str
        The name of the estimator that made them.
    weights : array, float32, shape [targets, train]
        Output units per training example; positive = seeing the example raises the output.
    bias : array, float32, shape [targets]
        Output units: the prediction for an empty mask.
    penalty : array, float32, shape [targets]
        The penalty chosen for each target, 0 where the estimator has none.
    residual : array, float64, shape [targets]
        Largest violation of the optimality conditions as a share of the penalty; 0 where the
        solution has a closed form.
    lds : Quality
        Measured on held-out models.
    n_models : int
        Number of models the weights were fitted on.
    excluded_targets : int array
        Targets with a constant output over the fitted models; their weights are 0.
    excluded_train : int array
        Training examples that every fitted model saw, or none did; their weights are 0.
    excluded_models : int array
        Models of weight 0, which neither entered the fit nor measured its quality.
    """

    estimator: str
    weights: Float32[np.ndarray, "targets train"]
    bias: Float32[np.ndarray, " targets"]
    penalty: Float32[np.ndarray, " targets"]
    residual: Float64[np.ndarray, " targets"]
    lds: Quality
    n_models: int
    excluded_targets: Integer[np.ndarray, " some_targets"]
    excluded_train: Integer[np.ndarray, " some_train"]
    excluded_models: Integer[np.ndarray, " some_models"] = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )

    def __repr__(self) -> str:
        """Return a line that tells datamodels apart without their arrays."""
        low, high = self.lds.interval
        return (
            f"<Datamodels: {self.estimator}, {self.n_targets:,} targets x {self.n_train:,} train, "
            f"fitted on {self.n_models:,} models; LDS {self.lds.mean:.3f} [{low:.3f}, {high:.3f}]>"
        )

    @property
    def n_targets(self) -> int:
        """Number of targets."""
        return len(self.weights)

    @property
    def n_train(self) -> int:
        """Number of training examples."""
        return int(self.weights.shape[1])

    @property
    def zero_targets(self) -> np.ndarray:
        """Targets whose datamodel is all zero although their outputs vary, as indices."""
        zero = np.all(self.weights == 0, axis=1, keepdims=True)[:, 0]
        zero[self.excluded_targets] = False
        return np.flatnonzero(zero)

    def predict(self, masks: np.ndarray) -> np.ndarray:
        """Predict the outputs of models trained on ``masks``.

        Parameters
        ----------
        masks : array of 0 and 1, shape [models, train]

        Returns
        -------
        array, float32, shape [models, targets]

        Raises
        ------
        InputError
            When masks are not boolean in content, or their train axis is another.
        """
        masks = Outputs(masks=masks, values=np.zeros((len(masks), 1))).masks
        if masks.shape[1] != self.n_train:
            raise InputError(
                f"masks must have shape [models, {self.n_train}], found {masks.shape}: "
                "they must cover the training examples the datamodels were fitted on."
            )
        return np.asarray(masks.astype(np.float32) @ self.weights.T + self.bias)
