"""Approximate solutions of many subsets' ridge systems at once, to be refined.

Two kinds serve all subsets together by one or two matrix products a step; Cholesky factors serve
one subset each, whatever its condition.
"""

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from scipy.linalg import lapack
from scipy.optimize import brentq

from traindiff.algorithms.closed_form.forms import Dual, Form, Primal, left
from traindiff.algorithms.closed_form.subsets import Solve, Subsets, times

__all__ = ["Cholesky", "Conjugate", "Reflections", "Solver", "Stepwise"]


class Solver(Protocol):
    """A way to solve subsets' systems, more or less."""

    def prepare(self, subsets: Subsets) -> Solve:
        """Do once what every right-hand side of these subsets needs."""
        ...

    def memory(self, size: int) -> float:
        """Return the bytes kept for a subset of ``size`` examples."""
        ...


class Stepwise(Solver, Protocol):
    """A solver that comes closer step by step."""

    def take(self, steps: int, right: np.ndarray, subsets: Subsets) -> np.ndarray:
        """Return what ``steps`` steps lead to."""
        ...

    def of_steps(self, steps: int) -> Solver:
        """Return the solver that takes this many."""
        ...

    def cost(self) -> float:
        """Return the floating-point operations of a step, for one model and output."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Cholesky:
    """Factor every subset's matrix, in the form's precision.

    Parameters
    ----------
    form : Form
    """

    form: Form

    def prepare(self, subsets: Subsets) -> Solve:
        """Factor; where rounding has made a matrix indefinite, its solutions will be NaN."""
        factors = [_factor(matrix) for matrix in self.form.matrices(subsets)]
        places = [self.form.unknowns(mask[0]) for mask in subsets.mask]

        def solve(right: np.ndarray) -> np.ndarray:
            solution = np.zeros_like(right)
            for model, (factor, place) in enumerate(zip(factors, places, strict=True)):
                solution[model][:, place] = _solve(factor, right[model][:, place])
            return solution

        return solve

    def memory(self, size: int) -> float:
        return float(8 * len(self.form.unknowns(np.ones(size))) ** 2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Conjugate:
    """Conjugate gradients over features; what subsets' matrices are on average is inverted once.

    Parameters
    ----------
    form : Primal
    inverse : array, shape [features, features]
        Of the average matrix: the preconditioner.
    steps : int
    """

    form: Primal
    inverse: np.ndarray
    steps: int = 0

    @classmethod
    def of(cls, form: Primal, size: int) -> Self:
        """Invert the mean over subsets of ``size`` examples."""
        share = size / len(form.features)
        mean = share * (form.features.T @ form.features).astype(np.float64)
        # More penalty than there is keeps rounding out, and slows convergence hardly.
        mean[np.diag_indices_from(mean)] += form.alpha + 1e-6 * mean.trace() / len(mean)
        return cls(form=form, inverse=np.linalg.inv(mean).astype(form.features.dtype))

    def prepare(self, subsets: Subsets) -> Solve:
        return lambda right: self.take(self.steps, right, subsets)

    def take(self, steps: int, right: np.ndarray, subsets: Subsets) -> np.ndarray:
        solution, rest = np.zeros_like(right), right
        toward = times(rest, self.inverse)
        height = _inner(rest, toward)
        for _ in range(steps):
            image = left(self.form, toward, subsets)
            length = _ratio(height, _inner(toward, image))
            solution += length * toward
            rest = rest - length * image
            conditioned = times(rest, self.inverse)
            before, height = height, _inner(rest, conditioned)
            toward = conditioned + _ratio(height, before) * toward
        return solution

    def of_steps(self, steps: int) -> "Conjugate":
        return replace(self, steps=steps)

    def memory(self, size: int) -> float:
        return float(8 * self.form.features.shape[1])

    def cost(self) -> float:
        return float(self.form.cost() + 2 * self.inverse.size)


@dataclass(frozen=True, kw_only=True, eq=False)
class Reflections:
    """Go to and fro between what the Gram matrix demands and what the subset demands.

    With G = K + αI, call u = GA + c₁A and v = GA − c₂A. Then v = Qu with Q = (G + c₁)⁻¹(G − c₂),
    the same for all subsets. A subset demands PGA = PY and A = PA, which is u = v + r(PY − Pv) with
    r = 1 + c₁/c₂: a reflection where c₁ = c₂. Each step satisfies one demand after the other, by
    one product with Q.

    Q is made traceless by c₂, and so is the step within a random subset of size s of n by c₁ =
    c₂(n − s)/s. Traceless matrices in no special position to each other multiply like free random
    variables: an error shrinks by the root mean square of their eigenvalues a step, rather than by
    the largest. (The idea of orthogonal and vector approximate message passing: Ma and Ping, IEEE
    Access 2017; Rangan, Schniter and Fletcher, IEEE Trans. Inf. Theory 2019.)

    Parameters
    ----------
    matrix : array, shape [train, train]
        Q.
    reach : float
        r.
    spread : float
        c₁ + c₂.
    steps : int
    """

    matrix: np.ndarray
    reach: float
    spread: float
    steps: int = 0

    @classmethod
    def of(cls, form: Dual, eigenvalues: np.ndarray, ratio: float) -> Self:
        """Find Q for ``ratio`` = c₁/c₂, from the ``eigenvalues`` of G in ascending order."""

        def trace(log: float) -> float:
            second = np.exp(log)
            return float(((eigenvalues - second) / (eigenvalues + ratio * second)).mean())

        low, high = np.log(eigenvalues[0]) - 1, np.log(eigenvalues[-1]) + 1
        second = float(np.exp(brentq(trace, low, high, xtol=1e-3)))
        spread = (1 + ratio) * second
        shifted = form.gram.astype(np.float64)
        shifted[np.diag_indices_from(shifted)] += form.alpha + ratio * second
        matrix = -spread * np.linalg.inv(shifted)
        matrix[np.diag_indices_from(matrix)] += 1
        return cls(matrix=matrix.astype(form.gram.dtype), reach=1 + ratio, spread=spread)

    def prepare(self, subsets: Subsets) -> Solve:
        return lambda right: self.take(self.steps, right, subsets)

    def take(self, steps: int, right: np.ndarray, subsets: Subsets) -> np.ndarray:
        pull = right * right.dtype.type(self.reach)
        before = pull
        after = times(before, self.matrix)
        for _ in range(steps - 1):
            inside = subsets.centred(after)
            inside *= self.reach
            before = after
            before -= inside
            before += pull
            after = times(before, self.matrix)
        solution = subsets.centred(before - after)
        solution /= right.dtype.type(self.spread)
        return solution

    def of_steps(self, steps: int) -> "Reflections":
        return replace(self, steps=steps)

    def memory(self, size: int) -> float:
        return float(8 * len(self.matrix))

    def cost(self) -> float:
        return float(2 * self.matrix.size)


def _inner(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the inner products along the last axis, which stays."""
    products: np.ndarray = np.einsum("mou,mou->mo", a, b)[..., None]
    return products


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a / b, but 0 where b is not positive: that system is solved, or can't be."""
    return np.asarray(np.divide(a, b, out=np.zeros_like(a), where=b > 0))


def _factor(matrix: np.ndarray) -> np.ndarray | None:
    """Return the Cholesky factor of a matrix of which the upper half is set, if there is one.

    LAPACK reads columns first, so to it this is the lower half of the transposed view, which is
    factored in place and returned as LAPACK wants it again.
    """
    (potrf,) = lapack.get_lapack_funcs(("potrf",), (matrix,))
    factor, status = potrf(matrix.T, lower=1, clean=0, overwrite_a=1)
    return np.asarray(factor) if status == 0 else None


def _solve(factor: np.ndarray | None, right: np.ndarray) -> np.ndarray:
    if factor is None:
        return np.full_like(right, np.nan)
    (potrs,) = lapack.get_lapack_funcs(("potrs",), (factor,))
    solution, _ = potrs(factor, right.T, lower=1)
    return np.asarray(solution.T)
