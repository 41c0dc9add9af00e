"""Other questions about the same two ensembles, under one honest test (METHOD §9)."""

from traindiff.lenses.base import Answers, Lens, Models, Prepared, Questions
from traindiff.lenses.kinds import KINDS
from traindiff.lenses.look import look, look_through
from traindiff.lenses.pairwise import Pairwise
from traindiff.lenses.predictions.lens import Predictions
from traindiff.lenses.reading import Band, Control, Reading

__all__ = [
    "KINDS",
    "Answers",
    "Band",
    "Control",
    "Lens",
    "Models",
    "Pairwise",
    "Predictions",
    "Prepared",
    "Questions",
    "Reading",
    "look",
    "look_through",
]
