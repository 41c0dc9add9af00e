"""Which edges stay when half of the models are left out.

Stability selection (Meinshausen & Bühlmann, JRSS B 2010): on each half the strongest edges are
taken, so many that at most one false edge is expected among those that most halves take. A penalty
would depend on the outputs' scale; ranks do not.
"""

import math
from dataclasses import dataclass

import numpy as np

from traindiff import seeding
from traindiff.lenses.graphs.online_graph import OnlineGraph

__all__ = ["Stable", "stable_edges"]

HALVES, SHARE, FALSE, FEWEST = 40, 0.75, 1.0, 8
PASSES = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Stable:
    """A graph's edges, and how sure each is.

    Parameters
    ----------
    partial : float array, shape [nodes, nodes]
        Partial correlations among all models.
    share : float array, shape [nodes, nodes]
        Of the halves of the models, those in which the edge is among the strongest.
    kept : bool array, shape [nodes, nodes]
        Edges that at least three quarters of the halves take; at most one false one is expected.
    """

    partial: np.ndarray
    share: np.ndarray
    kept: np.ndarray


def stable_edges(values: np.ndarray, seed: int) -> Stable:
    """Return the edges of one side's models, [models, nodes]; none are kept of fewer than 8."""
    models, width = values.shape
    pairs = width * (width - 1) // 2
    taken = max(1, int(math.sqrt(FALSE * (2 * SHARE - 1) * pairs)))
    share = np.zeros((width, width))
    for index in range(HALVES if models >= FEWEST else 0):
        order = seeding.stream(seed, "graphs", "half", index // 2).permutation(models)
        half = order[: models // 2] if index % 2 else order[models // 2 :]
        share += strongest(partial_of(values[half]), taken)
    share /= HALVES
    return Stable(partial=partial_of(values), share=share, kept=share >= SHARE)


def partial_of(values: np.ndarray) -> np.ndarray:
    """Return partial correlations from few models, which are gone through several times."""
    models, width = values.shape
    graph = OnlineGraph(n_nodes=width, batch=max(1, models // 4))
    for _ in range(max(1, PASSES // models)):
        graph.partial_fit(values)
    return graph.finish().partial_correlations


def strongest(partial: np.ndarray, count: int) -> np.ndarray:
    """Return the strongest edges as a symmetric bool matrix; one of weight 0 is no edge."""
    upper = np.triu(np.abs(partial), 1)
    least = np.sort(upper, axis=None)[-count]
    edges = (upper >= least) & (upper > 0)
    return np.asarray(edges | edges.T)
