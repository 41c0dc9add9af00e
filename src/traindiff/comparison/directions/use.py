"""How far outputs follow masks at all, and alike in A and B, without the noise of estimates.

METHOD §10.6 and §10.10. The product of the datamodels of two disjoint parts of the models has no
noise in it on average; the product of one with itself has, and so has a cosine.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import t as student_t

from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval

__all__ = ["Products"]

LEVEL = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class Products:
    """Inner products of the datamodels of two parts of the models, over targets and train.

    Parameters
    ----------
    own : Pair of arrays, shape [pairs of parts]
        Of A's with A's, and of B's with B's; pairs in the order of `itertools.combinations`.
    cross : array, shape [pairs of parts]
        Of A's with B's, of different parts: models that share a subset are not in both.
    """

    own: Pair[np.ndarray]
    cross: np.ndarray

    def shares(self, most: Pair[float]) -> Pair[Interval]:
        """Return the squared size of the datamodels, as a share of the most it could be."""
        return Pair(*(_interval(own / size) for own, size in zip(self.own, most, strict=True)))

    def similarity(self) -> float | None:
        """Return the cosine of A's and B's datamodels; None unless both are beyond noise."""
        a, b = self.own.map(_interval)
        if min(a.low, b.low) <= 0:
            return None
        # The correction for attenuation (Spearman 1904), by products instead of correlations.
        return float(np.clip(self.cross.mean() / np.sqrt(a.mean * b.mean), -1, 1))


def _interval(products: np.ndarray) -> Interval:
    """Return the mean over pairs of parts, with its 95% interval by the jackknife over parts."""
    parts = int((1 + np.sqrt(1 + 8 * len(products))) // 2)
    sums = np.zeros(parts)
    for pair, product in zip(combinations(range(parts), 2), products, strict=True):
        sums[list(pair)] += product
    # A part is in many pairs, so that pairs are not independent: whole parts are left out.
    left = (products.sum() - sums) / (len(products) - parts + 1)
    error = np.sqrt((parts - 1) * left.var())
    reach = float(student_t.ppf(1 - LEVEL / 2, parts - 1) * error)
    mean = float(products.mean())
    return Interval(mean, mean - reach, mean + reach)
