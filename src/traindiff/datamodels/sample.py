"""Some models, and how much each of them counts."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from traindiff.errors import InputError
from traindiff.threads import one_blas_thread

__all__ = ["Sample", "as_model_weights"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Some models: masks bool [models, train], values [models, targets], shares [models].

    ``shares`` sum to 1: how much each model counts. None: all alike.
    """

    masks: Bool[np.ndarray, "models train"]
    values: Float[np.ndarray, "models targets"]
    shares: Float[np.ndarray, " models"] | None = None

    def take(self, models: np.ndarray) -> "Sample":
        """Return the sample of some models (an index array)."""
        shares = None if self.shares is None else self.shares[models] / self.shares[models].sum()
        return Sample(masks=self.masks[models], values=self.values[models], shares=shares)

    def mean(self, array: np.ndarray) -> np.ndarray:
        """Return the weighted mean of ``array`` [models, ...] over models, in float64."""
        if self.shares is None:
            return np.asarray(array.mean(axis=0, dtype=np.float64))
        with one_blas_thread():
            return np.asarray(self.shares @ array)


def as_model_weights(weights: np.ndarray | None, n_models: int) -> np.ndarray:
    """Return how much each model counts, float64 [models]; all 1 for None.

    Raises
    ------
    InputError
        When they are not ``n_models`` finite numbers >= 0.
    """
    if weights is None:
        return np.ones(n_models)
    weights = np.asarray(weights, np.float64)
    if weights.shape != (n_models,) or not (np.isfinite(weights) & (weights >= 0)).all():
        raise InputError(
            f"model_weights must be {n_models} finite numbers >= 0, one a model (0: as if it were "
            f"missing), found shape {weights.shape} with values such as {weights.flat[:3]}."
        )
    return weights
