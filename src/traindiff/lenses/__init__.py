"""Other questions about the same two ensembles, under one honest test (METHOD §9)."""

from traindiff.lenses.asking.featured import Featured, Represented
from traindiff.lenses.base import Answers, Lens, Models, Prepared, Questions
from traindiff.lenses.boundaries import Boundaries, Derivation, derived_from
from traindiff.lenses.graphs import Graphs, OnlineGraph
from traindiff.lenses.kinds import KINDS
from traindiff.lenses.look import look, look_through
from traindiff.lenses.pairwise import Pairwise
from traindiff.lenses.predictions.lens import Predictions
from traindiff.lenses.reading import Band, Control, Reading
from traindiff.lenses.representations import Representations, alike
from traindiff.lenses.rules import DecisionRules

__all__ = [
    "KINDS",
    "Answers",
    "Band",
    "Boundaries",
    "Control",
    "DecisionRules",
    "Derivation",
    "Featured",
    "Graphs",
    "Lens",
    "Models",
    "OnlineGraph",
    "Pairwise",
    "Predictions",
    "Prepared",
    "Questions",
    "Reading",
    "Representations",
    "Represented",
    "alike",
    "derived_from",
    "look",
    "look_through",
]
