"""Means and deviations of outputs and masks over a stream of models."""

import numpy as np

__all__ = ["Running"]


class Running:
    """What a stream of models showed so far about each output's and each mask entry's scale.

    Parameters
    ----------
    n_train, n_targets : int
    """

    def __init__(self, n_train: int, n_targets: int) -> None:
        self.models = 0
        self._mass = 0.0
        self._seen = np.zeros(n_train)
        self._shift = np.zeros(n_targets)
        self._moments = np.zeros((2, n_targets))

    def add(self, masks: np.ndarray, values: np.ndarray, weights: np.ndarray) -> None:
        """Count models: masks [models, train], values [models, targets], weights [models] > 0."""
        if self.models == 0:
            self._shift = values[0].astype(np.float64)
        shifted = values - self._shift
        self.models += len(masks)
        self._mass += float(weights.sum())
        self._seen += weights @ masks
        self._moments += np.stack([weights @ shifted, weights @ shifted**2])

    @property
    def constant(self) -> np.ndarray:
        """Targets whose output never varied, int indices."""
        return np.flatnonzero(self._variance() <= 0)

    @property
    def outputs(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of each output, [targets]; deviation 1 for a constant."""
        variance = self._variance()
        mean = self._shift + self._moments[0] / self._mass
        return mean, np.sqrt(np.where(variance > 0, variance, 1))

    @property
    def masks(self) -> tuple[np.ndarray, np.ndarray]:
        """Share of models that saw each example, and 1 / its deviation, [train]; 0 if none."""
        mean = self._seen / self._mass
        variance = mean * (1 - mean)
        return mean, np.divide(1, np.sqrt(variance), out=np.zeros_like(mean), where=variance > 0)

    def standardised(self, masks: np.ndarray) -> np.ndarray:
        """Return masks in deviations from their mean, float32 [models, train]."""
        mean, unit = self.masks
        return np.asarray((masks - mean) * unit, np.float32)

    def _variance(self) -> np.ndarray:
        mean, square = self._moments / max(self._mass, 1e-300)
        return np.asarray(square - mean**2)
