"""At how many patterns to look: the top singular value at several ranks, as one statistic.

At each of `Whitening.ranks` the top singular value is centred by its own permutations and divided
by the width that theory gives to its null (Johnstone 2001); the largest over ranks is the
statistic, and the permutations' own largest its null. The price of looking at several ranks is
thereby paid.
"""

from dataclasses import dataclass

import numpy as np

from traindiff.statistics.permutation import permutation_p_values

__all__ = ["TopTest", "null_width", "top_test"]


@dataclass(frozen=True, kw_only=True, eq=False)
class TopTest:
    """Singular values of Z against the null of the top one, at one scale.

    Parameters
    ----------
    ranks : tuple of int
    centre : array, shape [ranks]
        Mean of the top singular value over the permutations and the observation together, so that
        the observation is exchangeable with them.
    width : array, shape [ranks]
        Of the null; from theory and not from the permutations, whose own error would else decide
        between ranks that are nearly alike.
    heights : array, shape [ranks, directions]
        Singular values above the centre, in widths; −inf where a rank has no such direction.
    null : array, shape [permutations]
        The largest height of the top singular value over ranks.
    """

    ranks: tuple[int, ...]
    centre: np.ndarray
    width: np.ndarray
    heights: np.ndarray
    null: np.ndarray

    @property
    def p_values(self) -> np.ndarray:
        """Non-decreasing p-values, shape [directions], of "there are no more than k differences".

        k differences and noise have a (k+1)-th singular value no larger than the top one of the
        noise alone (Weyl), at every rank. The null of the top one is therefore a valid, slightly
        conservative, one for every step.
        """
        best = self.heights.max(axis=0)
        return np.asarray(np.maximum.accumulate(permutation_p_values(best, self.null)))

    def rank(self, directions: int) -> int:
        """Return the rank at which so many directions are clearest: where the last one is."""
        return self.ranks[int(np.argmax(self.heights[:, max(directions, 1) - 1]))]

    def level(self, rank: int, level: float) -> float:
        """Return the singular value at a rank that only a share ``level`` of the null exceeds."""
        at = self.ranks.index(rank)
        return float(self.centre[at] + self.width[at] * np.quantile(self.null, 1 - level))


def top_test(z: np.ndarray, ranks: tuple[int, ...], tops: np.ndarray, directions: int) -> TopTest:
    """Test the singular values of a whitened difference.

    Parameters
    ----------
    z : array, shape [basis, train]
    ranks : tuple of int
    tops : array, shape [permutations, ranks]
        Top singular value of the first rows of each permuted Z.
    directions : int
        How many to test, at most.
    """
    count = min(directions, *z.shape)
    strengths = np.array([_singular_values(z[:rank], count) for rank in ranks])
    centre = np.vstack([strengths[:, 0], tops]).mean(axis=0)
    width = null_width(np.array(ranks), z.shape[1])
    return TopTest(
        ranks=ranks,
        centre=centre,
        width=width,
        heights=(strengths - centre[:, None]) / width[:, None],
        null=((tops - centre) / width).max(axis=1),
    )


def null_width(ranks: np.ndarray, n_train: int) -> np.ndarray:
    """Return the scale of the top singular value of white noise, [ranks] x train.

    The square root of Johnstone's (2001, On the distribution of the largest eigenvalue in principal
    components analysis, eq. 1.3) centring and scaling of its square.
    """
    return np.asarray((1 / np.sqrt(n_train) + 1 / np.sqrt(ranks)) ** (1 / 3) / 2)


def _singular_values(z: np.ndarray, count: int) -> np.ndarray:
    values = np.linalg.svd(z, compute_uv=False)[:count]
    return np.pad(values, (0, count - len(values)), constant_values=-np.inf)
