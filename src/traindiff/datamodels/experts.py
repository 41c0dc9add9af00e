"""Sparse linear weights from a stream, by multiplying them (signed exponentiated gradient).

After the Sparsitron (Klivans & Meka, FOCS 2017, arXiv 1706.06274) and its Gaussian-noise analysis
(Chaturvedi & Scarlett, AISTATS 2020, arXiv 2002.08663): every input is an expert who speaks for and
against the output, weights on the experts are multiplied by exp(−rate · slope) after every batch,
and so stay within an ℓ1 ball.
"""

import numpy as np

__all__ = ["Experts"]

_RATE = 2.0
_LATE = 2


class Experts:
    """Many linear predictors over the same inputs, each within an ℓ1 ball of its own.

    Parameters
    ----------
    radii : float array, shape [rows]
        Largest ℓ1 norm of each predictor's weights.
    width : int
        Number of inputs.

    Attributes
    ----------
    present, average : float32 array, shape [rows, width]
        Weights after the last move, and their average, which leans to later ones in proportion to
        k² and is what to predict with.
    updates : int
    """

    def __init__(self, radii: np.ndarray, width: int) -> None:
        self._radii, self._width = radii, width
        self._slope_sum = np.zeros((len(radii), width), np.float32)
        self._energy = np.zeros(len(radii))
        self.present = np.zeros((len(radii), width), np.float32)
        self.average = np.zeros((len(radii), width), np.float32)
        self.updates = 0

    def __len__(self) -> int:
        return len(self._radii)

    def move(self, slope: np.ndarray) -> None:
        """Learn from the slope of a batch's loss, float32 [rows, width]; 0 keeps a weight at 0."""
        self._slope_sum += slope
        self._energy += np.abs(slope).max(axis=1).astype(np.float64) ** 2
        self.updates += 1
        self.present = self._weights()
        share = np.float32((_LATE + 1) / (_LATE + self.updates))
        self.average += (self.present - self.average) * share

    def _weights(self) -> np.ndarray:
        """Return each row's weights: radius · (for − against) / (all experts + an idle one)."""
        rate = _RATE * np.sqrt(np.log(2 * self._width + 1) / np.maximum(self._energy, 1e-12))
        exponent = self._slope_sum * -rate[:, None].astype(np.float32)
        top = np.abs(exponent).max(axis=1, keepdims=True)
        speak, against = np.exp(exponent - top), np.exp(-exponent - top)
        total = (speak + against).sum(axis=1, keepdims=True) + np.exp(-top)
        return np.asarray((speak - against) * (self._radii[:, None].astype(np.float32) / total))
