"""Two sets of datamodels, compared: as published, and honestly."""

from traindiff.comparison.agreement import Agreement, measure_agreement
from traindiff.comparison.base import Comparison, Power, Reliability, Side, Subpopulation
from traindiff.comparison.checkpoints import compare_checkpoints
from traindiff.comparison.honest import compare
from traindiff.comparison.published import compare_scores
from traindiff.comparison.sparse import sparse_direction
from traindiff.comparison.subpopulations import Enrichment, changed_predictions, enrich

__all__ = [
    "Agreement",
    "Comparison",
    "Enrichment",
    "Power",
    "Reliability",
    "Side",
    "Subpopulation",
    "changed_predictions",
    "compare",
    "compare_checkpoints",
    "compare_scores",
    "enrich",
    "measure_agreement",
    "sparse_direction",
]
