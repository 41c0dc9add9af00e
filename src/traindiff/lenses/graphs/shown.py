"""What the lens on graphs shows: the edges of A, of B, and of both."""

from collections.abc import Iterator

import numpy as np

from traindiff.lenses.exhibits import Edge, Exhibit, Graph, Table
from traindiff.lenses.graphs.nodes import Nodes
from traindiff.lenses.graphs.stability import Stable, stable_edges
from traindiff.pair import Pair

__all__ = ["shown"]

MOST = 12


def shown(nodes: Nodes, is_a: np.ndarray, seed: int) -> tuple[Exhibit, ...]:
    """Return the graph of stable edges, and the strongest pairs of nodes with their figures.

    With one model a side nothing moves, and there is nothing to show.
    """
    if min(is_a.sum(), (~is_a).sum()) < 2:
        return ()
    sides = Pair(*(stable_edges(nodes.values[side], seed) for side in (is_a, ~is_a)))
    graph = Graph(
        title="Outputs that move together given all others, in most halves of the models",
        nodes=nodes.names,
        edges=tuple(_edges(nodes.names, sides)),
    )
    return (graph, _table(nodes.names, sides))


def _edges(names: tuple[str, ...], sides: Pair[Stable]) -> Iterator[Edge]:
    for i, j in np.argwhere(np.triu(sides.a.kept | sides.b.kept, 1)).tolist():
        kept = Pair(bool(sides.a.kept[i, j]), bool(sides.b.kept[i, j]))
        weights = [each.partial[i, j] for name, each in sides.items() if dict(kept.items())[name]]
        side = "both" if all(kept) else "A" if kept.a else "B"
        yield Edge(start=names[i], end=names[j], weight=float(np.mean(weights)), side=side)


def _table(names: tuple[str, ...], sides: Pair[Stable]) -> Table:
    difference = np.triu(np.abs(sides.a.partial - sides.b.partial), 1)
    order = np.argsort(-difference, axis=None, kind="stable")[:MOST]
    pairs = [divmod(place, len(names)) for place in order.tolist()]
    return Table(
        title="Pairs whose partial correlation differs most; in how many halves each is an edge",
        columns=("outputs", "A", "B", "halves of A", "halves of B"),
        rows=tuple(
            (
                f"{names[i]} – {names[j]}",
                *(float(each.partial[i, j]) for each in sides),
                *(float(each.share[i, j]) for each in sides),
            )
            for i, j in pairs
            if i < j
        ),
    )
