"""Do A and B predict alike? The first lens: how often models say different things."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import pdist, squareform

from traindiff.lenses.base import Models
from traindiff.lenses.pairwise import Pairwise
from traindiff.lenses.predictions.shown import shown

__all__ = ["Predictions"]


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Whether models of A and of B predict different things more often than models of one side.

    Two models are as dissimilar as the share of inputs on which they predict different classes; for
    regression, as their mean squared difference in units of the labels' variance (of the
    predictions' own where there are no labels).

    Examples
    --------
    >>> Predictions().question
    'Do A and B predict alike?'
    """

    name: str = "predictions"
    question: str = "Do A and B predict alike?"
    unit: str = "share of inputs predicted differently, beyond models of one side"

    def prepare(self, models: Models) -> Pairwise:
        """Measure every pair of models, whosever they are."""
        return Pairwise(
            dissimilarity=squareform(_dissimilarity(models)),
            pairs=models.pairs,
            exhibits=lambda is_a, distances: shown(models, is_a, distances),
        )


def _dissimilarity(models: Models) -> np.ndarray:
    """Return the dissimilarity of each two models, condensed as scipy's are."""
    said = models.answers.predictions.astype(np.float64)
    if not models.answers.regression:
        return np.asarray(pdist(said, "hamming"))
    labels = models.questions.labels
    spread = float(np.var(said if labels is None else labels))
    return np.asarray(pdist(said, "sqeuclidean") / (said.shape[1] * (spread or 1.0)))
