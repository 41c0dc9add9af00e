"""A Gaussian graphical model from a stream of models, every node at once, by multiplied weights.

Each output is predicted from all others within an ℓ1 ball (Chaturvedi & Scarlett, AISTATS 2020,
arXiv 2002.08663), by the experts that make online datamodels; the nodes are one matrix product. The
step is far larger than the theory's, which ranks edges right and leaves them near 0.
"""

from collections import deque

import numpy as np

from traindiff.datamodels.experts import Experts
from traindiff.datamodels.moments import Running
from traindiff.errors import InputError, positive, whole

__all__ = ["OnlineGraph"]

RADII = (0.5, 1.0, 2.0)
WINDOW = 512


class OnlineGraph:
    """Which outputs move together given all others, learned from models as they finish.

    Time is O(models · nodes²), memory O(nodes²), however many models come.

    Parameters
    ----------
    n_nodes : int
    radii : tuple of float
        ℓ1 norms to try for each node's weights, in deviations per deviation; each node uses the one
        that predicted models it had not seen yet best.
    batch : int
        Models between two updates.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal(size=(2000, 4))
    >>> values[:, 1] += values[:, 0]
    >>> graph = OnlineGraph(n_nodes=4).partial_fit(values).finish()
    >>> np.argwhere(np.triu(graph.partial_correlations > 0.2)).tolist()
    [[0, 1]]
    """

    def __init__(self, *, n_nodes: int, radii: tuple[float, ...] = RADII, batch: int = 16) -> None:
        for name, number in {"n_nodes": n_nodes, "batch": batch, "radii": len(radii)}.items():
            whole(name, number)
        for radius in radii:
            positive("a radius", radius)
        self._nodes, self._batch, self._radii = n_nodes, batch, len(radii)
        self._experts = Experts(np.repeat(np.asarray(radii, np.float64), n_nodes), n_nodes)
        self._running = Running(0, n_nodes)
        self._waiting: list[np.ndarray] = []
        self._errors: deque[np.ndarray] = deque(maxlen=-(-WINDOW // batch))

    def partial_fit(self, values: np.ndarray) -> "OnlineGraph":
        """Learn from more models; how they are cut into calls makes no difference.

        Parameters
        ----------
        values : float array, shape [models, nodes]

        Raises
        ------
        InputError
            When the shape is not the one announced, or a value is not finite.
        """
        given = np.asarray(values, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != self._nodes or not np.isfinite(given).all():
            raise InputError(
                f"expected finite values [models, {self._nodes}], found shape {given.shape}: leave "
                "out models that diverged."
            )
        for row in given:
            self._waiting.append(row)
            if len(self._waiting) == self._batch:
                self.finish()
        return self

    def finish(self) -> "OnlineGraph":
        """Learn from the models that still wait for their batch to fill."""
        if self._waiting:
            self._update(np.stack(self._waiting))
            self._waiting = []
        return self

    def _update(self, values: np.ndarray) -> None:
        if self._experts.updates:
            known = self._standardised(values)
            missed = known @ self._experts.average.T - np.tile(known, self._radii)
            self._errors.append((missed**2).sum(axis=0))
        self._running.add(np.zeros((len(values), 0)), values, np.ones(len(values)))
        centred = self._standardised(values)
        rest = centred @ self._experts.present.T - np.tile(centred, self._radii)
        slope = rest.T @ centred
        nodes = np.arange(self._nodes)
        slope.reshape(self._radii, self._nodes, self._nodes)[:, nodes, nodes] = 0
        self._experts.move(slope)

    def _standardised(self, values: np.ndarray) -> np.ndarray:
        mean, scale = self._running.outputs
        return np.asarray((values - mean) / scale, np.float32)

    @property
    def weights(self) -> np.ndarray:
        """What each node's prediction takes of each other, [nodes, nodes], in deviations."""
        error = np.sum(self._errors, axis=0) if self._errors else np.zeros(len(self._experts))
        best = error.reshape(self._radii, self._nodes).argmin(axis=0)
        nodes = np.arange(self._nodes)
        return np.asarray(self._experts.average[best * self._nodes + nodes], np.float64)

    @property
    def partial_correlations(self) -> np.ndarray:
        """Correlation of each two nodes given all others, [nodes, nodes], 0 on the diagonal.

        The weight of one node for another, times the weight back, is its square; where the two
        disagree in sign it is 0.
        """
        square = self.weights * self.weights.T
        return np.asarray(np.sign(self.weights) * np.sqrt(np.maximum(square, 0)))
