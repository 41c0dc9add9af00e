"""Which outputs move together from model to model, in A and in B."""

from dataclasses import dataclass

import numpy as np

from traindiff.lenses.base import Models
from traindiff.lenses.exhibits import Exhibit
from traindiff.lenses.graphs.correlations import correlation_difference
from traindiff.lenses.graphs.nodes import Nodes, nodes_of
from traindiff.lenses.graphs.shown import shown

__all__ = ["Graphs"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Graphs:
    """Whether outputs that rise and fall together among A's models do so among B's.

    Models are the samples, classes (or groups of inputs) the nodes. The value is the largest
    difference of a correlation; the graph shown links those that move together given all others.

    Parameters
    ----------
    groups : array of str or int, shape [inputs], optional
        Which inputs are averaged into one node; None: those of one class, for regression each.
    seed : int
        Of the halves by which edges are chosen.

    Examples
    --------
    >>> Graphs().question
    'Which outputs move together, in A and in B?'
    """

    groups: np.ndarray | None = None
    seed: int = 0
    name: str = "graphs"
    question: str = "Which outputs move together, in A and in B?"
    unit: str = "largest difference of correlations, in Fisher's z (chance is above 0)"

    def prepare(self, models: Models) -> "Moving":
        """Average each model's outputs into nodes.

        Raises
        ------
        InputError
            When there are too many nodes or too few, or nothing says which answers are right.
        """
        return Moving(nodes=nodes_of(models, self.groups), seed=self.seed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Moving:
    """Nodes, ready for any labelling."""

    nodes: Nodes
    seed: int

    def value(self, is_a: np.ndarray) -> np.ndarray:
        """Return how differently outputs move together, float [...] for [..., models]."""
        return correlation_difference(self.nodes.values, is_a)

    def show(self, is_a: np.ndarray) -> tuple[Exhibit, ...]:
        """Return the graph and its edges under one labelling."""
        return shown(self.nodes, is_a, self.seed)
