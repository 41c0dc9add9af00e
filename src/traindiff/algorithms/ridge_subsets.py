"""Ridge regressions on thousands of subsets of one data set, from one shared Gram matrix.

Each model minimises ||Y_S − X_S W − 1b||² + α||W||² over its subset S, with an intercept b that is
not penalised: the problem that refitting scikit-learn's `Ridge` on the subset solves, and the same
solution. Where features are fewer than a subset's examples, the normal equations of S come from
X'X, less what the left-out examples add. Else the dual system of S is a block of XX':
(K_SS + αI) A + 1b = Y_S with 1'A = 0, and W = X_S'A.
"""

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from scipy.linalg import lapack

from traindiff.errors import InputError

__all__ = ["RidgeProblem"]

# Condition number below which single precision and one refinement give the double precision
# solution to about 1e-6, in half the time.
WELL_CONDITIONED = 1e4
FACTOR_BYTES = 2**25  # of the factors kept for refinement: they should stay near


@dataclass(frozen=True, kw_only=True, eq=False)
class RidgeProblem:
    """What all subsets share.

    Parameters
    ----------
    features : float64 array, shape [train, features]
        Best centred over all training examples: the intercept absorbs it, and rounding is less.
    labels : float64 array, shape [train, outputs]
    alpha : float
        Penalty, > 0.
    dual : bool
        Whether to solve over examples rather than features; cheaper where subsets are smaller
        than the number of features.
    gram : float64 array, shape [train, train] if dual, else [features, features]
    """

    features: np.ndarray
    labels: np.ndarray
    alpha: float
    dual: bool
    gram: np.ndarray

    @classmethod
    def of(
        cls, features: np.ndarray, labels: np.ndarray, *, alpha: float, size: int
    ) -> "RidgeProblem":
        """Compute the Gram matrix that serves subsets of about ``size`` examples."""
        dual = features.shape[1] > size
        gram = features @ features.T if dual else features.T @ features
        return cls(features=features, labels=labels, alpha=alpha, dual=dual, gram=gram)

    def fit(self, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Solve every subset.

        Parameters
        ----------
        masks : bool array, shape [models, train]

        Returns
        -------
        weights : float64 array, shape [models, features, outputs]
        bias : float64 array, shape [models, outputs]

        Raises
        ------
        InputError
            When alpha is so small that rounding swallows it.
        """
        if not self.dual:
            solved = [self._fit_primal(mask) for mask in masks]
            return np.stack([weights for weights, _ in solved]), np.stack([b for _, b in solved])
        rows = max(1, FACTOR_BYTES // (8 * int(masks.sum(axis=1).max()) ** 2))
        blocks = [self._fit_dual(masks[i : i + rows]) for i in range(0, len(masks), rows)]
        coefficients = np.concatenate([block for block, _ in blocks])
        weights = np.einsum("nd,mnc->mdc", self.features, coefficients, optimize=True)
        return weights, np.concatenate([bias for _, bias in blocks])

    def _fit_primal(self, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        size = int(mask.sum())
        inside = self.features[mask]
        if 2 * size > len(mask):
            outside = self.features[~mask]
            gram = self.gram - outside.T @ outside
        else:
            gram = inside.T @ inside
        middle, label = inside.mean(axis=0), self.labels[mask].mean(axis=0)
        gram -= size * np.outer(middle, middle)
        gram[np.diag_indices_from(gram)] += self.alpha
        right = inside.T @ self.labels[mask] - size * np.outer(middle, label)
        weights = _solve(_factor(gram, self.alpha), right)
        return weights, label - middle @ weights

    def _fit_dual(self, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients [models, train, outputs], zero outside the subset, and biases."""
        bound = np.abs(self.gram).sum(axis=1).max()  # of the largest eigenvalue
        single = bound < WELL_CONDITIONED * self.alpha
        gram = self.gram.astype(np.float32 if single else np.float64)
        shape = (len(masks), len(self.gram), self.labels.shape[1])
        coefficients, bias = np.zeros(shape), np.zeros((shape[0], shape[2]))
        systems = []
        for model, mask in enumerate(masks):
            system, free = _System.of(gram, np.flatnonzero(mask), self.labels, self.alpha)
            coefficients[model, system.subset], bias[model] = system.with_intercept(free, 0.0)
            systems.append(system)
        if single:
            fitted = np.einsum("pn,mnc->mpc", self.gram, coefficients, optimize=True)
            rest = self.labels - fitted - self.alpha * coefficients - bias[:, None, :]
            for model, system in enumerate(systems):
                free = _solve(system.factor, rest[model, system.subset])
                change, shift = system.with_intercept(free, coefficients[model].sum(axis=0))
                coefficients[model, system.subset] += change
                bias[model] += shift
        return coefficients, bias


@dataclass(frozen=True, kw_only=True, eq=False)
class _System:
    """One subset's dual system, factored: (K_SS + αI) A + 1b = right, 1'A = -excess."""

    subset: np.ndarray
    factor: np.ndarray
    ones: np.ndarray  # what (K_SS + αI) maps to 1, as a column

    @classmethod
    def of(
        cls, gram: np.ndarray, subset: np.ndarray, labels: np.ndarray, alpha: float
    ) -> "tuple[_System, np.ndarray]":
        """Return the system, and the solution for the labels without an intercept."""
        block = np.empty((len(subset), len(subset)), dtype=gram.dtype)
        _upper_block(gram, subset, gram.dtype.type(alpha), block)
        factor = _factor(block, alpha)
        both = _solve(factor, np.column_stack([np.ones(len(subset)), labels[subset]]))
        return cls(subset=subset, factor=factor, ones=both[:, :1]), both[:, 1:]

    def with_intercept(
        self, free: np.ndarray, excess: np.ndarray | float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return A and b, from the solution without an intercept."""
        shift = (free.sum(axis=0) + excess) / self.ones.sum()
        return free - self.ones * shift, shift


def _factor(matrix: np.ndarray, alpha: float) -> np.ndarray:
    """Return the Cholesky factor of a symmetric matrix, of which the upper half is read.

    LAPACK reads columns first, so to it this is the lower half of the transposed view, which is
    factored in place and returned as LAPACK wants it again.
    """
    (potrf,) = lapack.get_lapack_funcs(("potrf",), (matrix,))
    factor, status = potrf(matrix.T, lower=1, clean=0, overwrite_a=1)
    if status != 0:
        raise InputError(
            f"alpha {alpha:g} is lost beside these features in double precision: give a larger one."
        )
    return np.asarray(factor)


def _solve(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    (potrs,) = lapack.get_lapack_funcs(("potrs",), (factor,))
    solution, _ = potrs(factor, right.astype(factor.dtype), lower=1)
    return np.asarray(solution, dtype=np.float64)


@numba.njit
def _upper_block(gram: Any, subset: Any, alpha: Any, out: Any) -> None:  # pragma: no cover
    """Copy the upper half of gram[subset, subset] + alpha·I."""
    for i in range(len(subset)):
        for j in range(i, len(subset)):
            out[i, j] = gram[subset[i], subset[j]]
        out[i, i] += alpha
