"""Two sets of datamodels, compared: as published, and honestly."""

from traindiff.comparison.base import Comparison
from traindiff.comparison.checkpoints.compare import compare_checkpoints
from traindiff.comparison.directions.enrichment import Enrichment, changed_predictions, enrich
from traindiff.comparison.directions.standouts import sparse_direction
from traindiff.comparison.parts import (
    AxisTest,
    Directions,
    Judged,
    Power,
    Reliability,
    Scales,
    Side,
    Subpopulation,
    Test,
)
from traindiff.comparison.published import compare_scores
from traindiff.comparison.subsets.compare import compare

__all__ = [
    "AxisTest",
    "Comparison",
    "Directions",
    "Enrichment",
    "Judged",
    "Power",
    "Reliability",
    "Scales",
    "Side",
    "Subpopulation",
    "Test",
    "changed_predictions",
    "compare",
    "compare_checkpoints",
    "compare_scores",
    "enrich",
    "sparse_direction",
]
