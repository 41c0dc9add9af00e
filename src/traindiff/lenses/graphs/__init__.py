"""Which outputs move together, in A and in B."""

from traindiff.lenses.graphs.lens import Graphs
from traindiff.lenses.graphs.online_graph import OnlineGraph

__all__ = ["Graphs", "OnlineGraph"]
