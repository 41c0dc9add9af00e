"""Two sets of datamodels, compared: as published, and honestly."""

from traindiff.comparison.base import Comparison, Power, Reliability, Side, Subpopulation
from traindiff.comparison.checkpoints import compare_checkpoints
from traindiff.comparison.honest import compare
from traindiff.comparison.published import compare_scores

__all__ = [
    "Comparison",
    "Power",
    "Reliability",
    "Side",
    "Subpopulation",
    "compare",
    "compare_checkpoints",
    "compare_scores",
]
