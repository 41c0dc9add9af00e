"""Ridge regression on subsets as a linear system, over examples or over features.

A model minimises ||Y_S − X_S W − 1b||² + α||W||² over its subset S. Let P keep the rows of S and
take their mean away. Then W solves the *primal* system (X'PX + αI) W = X'PY; and W = X'A where A,
zero outside S and of zero mean, solves the *dual* system P(K + αI) A = PY with K = XX'. Either way
b is the mean of Y − XW over S.

Arrays here put examples (or features) last: [models, outputs, train or features].
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numba
import numpy as np
from numpy.typing import DTypeLike

from traindiff.algorithms.closed_form.subsets import Subsets, times

__all__ = ["Dual", "Form", "Primal", "left"]


class Form(Protocol):
    """The system that every subset's model solves, in one precision.

    With ``right`` linear in its values, it is right(fitted(U)) + αU = right(labels).
    """

    @property
    def alpha(self) -> float: ...

    def astype(self, dtype: DTypeLike) -> "Form":
        """Return the same in another precision."""
        ...

    def right(self, values: np.ndarray, subsets: Subsets) -> np.ndarray:
        """Return PV or X'PV of ``values`` V [models or 1, outputs, train]."""
        ...

    def fitted(self, unknowns: np.ndarray) -> np.ndarray:
        """Return XW [models, outputs, train]."""
        ...

    def admissible(self, unknowns: np.ndarray, subsets: Subsets) -> np.ndarray:
        """Return unknowns of which rounding has left the space they belong to, put back."""
        ...

    def weights(self, unknowns: np.ndarray) -> np.ndarray:
        """Return W [models, outputs, features]."""
        ...

    def matrices(self, subsets: Subsets) -> Iterator[np.ndarray]:
        """Yield each subset's matrix, of which only the upper half is set, to be factored."""
        ...

    def unknowns(self, mask: np.ndarray) -> np.ndarray:
        """Return which unknowns the matrix of the subset ``mask`` [train] is about."""
        ...

    def cost(self) -> float:
        """Return the floating-point operations of one step, for one model and output."""
        ...

    def cost_of_factor(self, size: float) -> float:
        """Return the operations of a matrix and its factor, for a subset of ``size`` examples."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Dual:
    """Over examples.

    Parameters
    ----------
    features : array, shape [train, features]
        X.
    gram : array, shape [train, train]
        K.
    alpha : float
    """

    features: np.ndarray
    gram: np.ndarray
    alpha: float

    def astype(self, dtype: DTypeLike) -> "Dual":
        return replace(self, gram=self.gram.astype(dtype))

    def right(self, values: np.ndarray, subsets: Subsets) -> np.ndarray:
        return subsets.centred(values)

    def fitted(self, unknowns: np.ndarray) -> np.ndarray:
        return times(unknowns, self.gram)

    def admissible(self, unknowns: np.ndarray, subsets: Subsets) -> np.ndarray:
        return subsets.centred(unknowns)

    def weights(self, unknowns: np.ndarray) -> np.ndarray:
        return times(unknowns, self.features)

    def matrices(self, subsets: Subsets) -> Iterator[np.ndarray]:
        sums = times(subsets.mask, self.gram) / subsets.size
        for mask, mean in zip(subsets.mask[:, 0], sums[:, 0], strict=True):
            chosen = np.flatnonzero(mask)
            block = np.empty((len(chosen), len(chosen)), dtype=self.gram.dtype)
            means = mean[chosen]
            _centred_block(self.gram, chosen, means, means.mean(), self.alpha, block)
            yield block

    def unknowns(self, mask: np.ndarray) -> np.ndarray:
        return np.flatnonzero(mask)

    def cost(self) -> float:
        return float(2 * self.gram.size)

    def cost_of_factor(self, size: float) -> float:
        return size**3 / 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Primal:
    """Over features.

    Parameters
    ----------
    features : array, shape [train, features]
        X.
    alpha : float
    """

    features: np.ndarray
    alpha: float

    def astype(self, dtype: DTypeLike) -> "Primal":
        return replace(self, features=self.features.astype(dtype))

    def right(self, values: np.ndarray, subsets: Subsets) -> np.ndarray:
        return times(subsets.centred(values), self.features)

    def fitted(self, unknowns: np.ndarray) -> np.ndarray:
        return times(unknowns, self.features.T)

    def admissible(self, unknowns: np.ndarray, subsets: Subsets) -> np.ndarray:
        return unknowns

    def weights(self, unknowns: np.ndarray) -> np.ndarray:
        return unknowns

    def matrices(self, subsets: Subsets) -> Iterator[np.ndarray]:
        for mask in subsets.mask[:, 0]:
            inside = self.features[mask > 0]
            inside -= inside.mean(axis=0)
            gram = inside.T @ inside
            gram[np.diag_indices_from(gram)] += self.alpha
            yield gram

    def unknowns(self, mask: np.ndarray) -> np.ndarray:
        return np.arange(self.features.shape[1])

    def cost(self) -> float:
        return float(4 * self.features.size)

    def cost_of_factor(self, size: float) -> float:
        columns: int = self.features.shape[1]
        return size * columns**2 + columns**3 / 3


def left(form: Form, unknowns: np.ndarray, subsets: Subsets) -> np.ndarray:
    """Return the systems' left-hand sides."""
    image = form.right(form.fitted(unknowns), subsets)
    image += image.dtype.type(form.alpha) * unknowns
    return image


@numba.njit
def _centred_block(
    gram: Any, chosen: Any, means: Any, grand: Any, alpha: Any, out: Any
) -> None:  # pragma: no cover
    """Write the upper half of gram[chosen, chosen], centred on both sides, plus alpha·I."""
    for i in range(len(chosen)):
        for j in range(i, len(chosen)):
            out[i, j] = gram[chosen[i], chosen[j]] - means[i] - means[j] + grand
        out[i, i] += alpha
