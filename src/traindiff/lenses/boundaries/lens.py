"""How far answers move between neighbouring inputs, model by model."""

from dataclasses import dataclass

import numpy as np

from traindiff.errors import InputError
from traindiff.lenses.base import Models
from traindiff.lenses.boundaries.distances import decision_distances, similarity
from traindiff.lenses.boundaries.neighbours import Neighbours, neighbours
from traindiff.lenses.exhibits import Examples, Exhibit, Table
from traindiff.lenses.pairwise import Distances, Pairwise

__all__ = ["Boundaries"]

SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Boundaries:
    """Whether the answers of A's and of B's models move between neighbouring inputs alike.

    Two models are as dissimilar as 1 − the cosine of their decision distance vectors (Li et al.,
    arXiv 2106.08890). For one model and the one that it may be derived from, see `derived_from`.

    Parameters
    ----------
    neighbours : {"gaussian", "mix-up"}
    pairs : int
        Pairs of neighbours asked about, at most.
    seed : int
        Of the pairs.

    Examples
    --------
    >>> Boundaries().question
    'Do A and B draw their decision boundaries alike?'
    """

    neighbours: Neighbours = "gaussian"
    pairs: int = 200
    seed: int = 0
    name: str = "boundaries"
    question: str = "Do A and B draw their decision boundaries alike?"
    unit: str = "1 − cosine of decision distances, beyond models of one side"

    def prepare(self, models: Models) -> Pairwise:
        """Ask every model about pairs of neighbours.

        Raises
        ------
        InputError
            When the models can't be asked further, or answer without logits.
        """
        if models.ask is None or models.questions.inputs is None:
            raise InputError(
                "boundaries asks models about further inputs: give models and inputs, not stored "
                "outputs."
            )
        here, there, chosen = neighbours(
            models.questions.inputs, kind=self.neighbours, most=self.pairs, seed=self.seed
        )
        moved = decision_distances(models.ask(here), models.ask(there))
        return Pairwise(
            dissimilarity=1 - similarity(moved),
            pairs=models.pairs,
            exhibits=lambda is_a, distances: _shown(moved, chosen, is_a, distances),
        )


def _shown(
    moved: np.ndarray, chosen: np.ndarray, is_a: np.ndarray, distances: Distances
) -> tuple[Exhibit, ...]:
    rows = [("A and B", 1 - float(distances.between))]
    for name, side, among in (("A", is_a, distances.among_a), ("B", ~is_a, distances.among_b)):
        if side.sum() > 1:
            rows.append((f"models of {name}", 1 - float(among)))
    table = Table(
        title="How alike answers move between neighbouring inputs (1 = in the same proportions)",
        columns=("", "similarity"),
        rows=tuple(rows),
    )
    return (table, _examples(moved, chosen, is_a))


def _examples(moved: np.ndarray, chosen: np.ndarray, is_a: np.ndarray) -> Examples:
    """Return the inputs around which one side's answers move much farther than the other's."""
    size = np.linalg.norm(moved, axis=1, keepdims=True)
    share = np.divide(moved, size, out=np.zeros_like(moved), where=size > 0)
    a, b = share[is_a].mean(axis=0), share[~is_a].mean(axis=0)
    first = np.argsort(-np.abs(a - b), kind="stable")[:SHOWN]
    return Examples(
        title="Inputs around which answers move most differently (1 = as far as around all)",
        indices=tuple(chosen[first].tolist()),
        columns=("A moves", "B moves"),
        rows=tuple((float(a[i]), float(b[i])) for i in first.tolist()),
    )
