"""What the lens on representations shows: each layer's likeness, and all layers of A and B."""

import numpy as np

from traindiff import seeding
from traindiff.lenses.exhibits import Exhibit, Matrix, Table
from traindiff.lenses.representations.likeness import Likeness
from traindiff.lenses.representations.similarities import Similarities
from traindiff.statistics.relabelling import labellings

__all__ = ["shown"]

FEWEST, DRAWS, TAIL = 3, 199, 0.05

Rows = tuple[tuple[float, ...], ...]


def shown(
    found: Similarities, kind: Likeness, pairs: np.ndarray, is_a: np.ndarray, seed: int
) -> tuple[Exhibit, ...]:
    """Return a table of layers and the matrix of A's layers by B's, under one labelling."""
    return (_table(found, kind, pairs, is_a), _matrix(found, kind, pairs, is_a, seed))


def _means(values: np.ndarray, pairs: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return mean similarities of models of two sides, [..., layers, layers]; 0 if there are none.

    Models of one pair do not count, as in `Pairwise`; where all are, they do.
    """
    counted = (pairs[:, None] != pairs).astype(np.float64)
    if not counted.any():
        counted = 1 - np.eye(len(pairs))
    weight = one[..., :, None] * other[..., None, :] * counted
    total = np.maximum(weight.sum(axis=(-2, -1)), 1)
    return np.asarray(np.einsum("...ij,klij->...kl", weight, values) / total[..., None, None])


def _table(found: Similarities, kind: Likeness, pairs: np.ndarray, is_a: np.ndarray) -> Table:
    sides = (is_a, ~is_a)
    between = np.diag(_means(found.values, pairs, *sides))
    among = [
        np.diag(_means(found.values, pairs, side, side)) if side.sum() > 1 else None
        for side in sides
    ]
    rows = [
        (
            layer,
            float(between[i]),
            *(None if each is None else float(each[i]) for each in among),
            float(found.floor[i]),
        )
        for i, layer in enumerate(found.layers)
    ]
    rows += [(f"{layer} (left out: constant)", None, None, None, None) for layer in found.left_out]
    return Table(
        title=f"How alike layers represent inputs ({kind.name}, 1 = the same)",
        columns=("layer", "A and B", "models of A", "models of B", "rows shuffled"),
        rows=tuple(rows),
    )


def _matrix(
    found: Similarities, kind: Likeness, pairs: np.ndarray, is_a: np.ndarray, seed: int
) -> Matrix:
    """Return A's layers by B's; each cell's band is what other labellings give."""
    low: Rows = ()
    high: Rows = ()
    if min(is_a.sum(), (~is_a).sum()) >= FEWEST:
        drawn, _ = labellings(is_a, pairs, most=DRAWS, seed=seeding.derive(seed, "matrix"))
        null = _means(found.values, pairs, drawn, ~drawn)
        low, high = (_rows(np.quantile(null, q, axis=0)) for q in (TAIL, 1 - TAIL))
    return Matrix(
        title=f"Layers of A (rows) and of B (columns), {kind.name}",
        rows=found.layers,
        columns=found.layers,
        values=_rows(_means(found.values, pairs, is_a, ~is_a)),
        low=low,
        high=high,
    )


def _rows(values: np.ndarray) -> Rows:
    return tuple(tuple(row) for row in values.tolist())
