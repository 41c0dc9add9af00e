"""Ridge regressions on thousands of subsets of one data set, from what they share.

Each model minimises ||Y_S − X_S W − 1b||² + α||W||² over its subset S, with an intercept b that is
not penalised: the problem that refitting scikit-learn's `Ridge` on the subset solves. Solutions are
approximate at first, in single precision, and refined in double precision until their residuals
prove them; a subset for which that fails is factored in double precision.
"""

from dataclasses import dataclass

import numpy as np

from traindiff.algorithms.closed_form.choice import dual_solver, primal_solver
from traindiff.algorithms.closed_form.forms import Dual, Form, Primal
from traindiff.algorithms.closed_form.solvers import Cholesky, Solver
from traindiff.algorithms.closed_form.subsets import Subsets
from traindiff.errors import InputError

__all__ = ["RidgeProblem"]

PROOF = 1e-8  # a solution's residual in double precision, relative to the right-hand side
ROUNDS = 10
BLOCK_BYTES = 2**25  # of what is kept for models that are solved together: it should stay near


@dataclass(frozen=True, kw_only=True, eq=False)
class RidgeProblem:
    """What all subsets share.

    Parameters
    ----------
    labels : float64 array, shape [outputs, train]
    unit : float
        Root mean square norm of an example's features, by which ``form`` has them divided: the
        system is then of moderate size whatever the features' units.
    alpha : float
        Penalty.
    form : Form
        The system that every subset solves, in double precision.
    solver : Solver
        Of approximate solutions, in single precision.
    """

    labels: np.ndarray
    unit: float
    alpha: float
    form: Form
    solver: Solver

    @classmethod
    def of(
        cls, features: np.ndarray, labels: np.ndarray, *, alpha: float, size: int
    ) -> "RidgeProblem":
        """Compute what serves subsets of about ``size`` examples.

        Parameters
        ----------
        features : float64 array, shape [train, features]
            Best centred over all training examples: the intercept absorbs it, rounding is less.
        labels : float64 array, shape [train, outputs]
        alpha : float
            Penalty, > 0.
        size : int
        """
        unit = float(np.sqrt((features**2).sum(axis=1).mean())) or 1.0
        scaled, penalty = features / unit, alpha / unit**2
        rough = labels.T.astype(np.float32)
        form: Form
        if features.shape[1] > size:
            form = dual = Dual(features=scaled, gram=scaled @ scaled.T, alpha=penalty)
            solver = dual_solver(dual.astype(np.float32), rough, size)
        else:
            form = primal = Primal(features=scaled, alpha=penalty)
            solver = primal_solver(primal.astype(np.float32), rough, size)
        return cls(labels=labels.T, unit=unit, alpha=alpha, form=form, solver=solver)

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
        each = max(self.solver.memory(int(masks.sum(axis=1).max())), 8 * self.labels.size)
        rows = max(1, int(BLOCK_BYTES // each))
        solved = [self._fit(Subsets.of(masks[i : i + rows])) for i in range(0, len(masks), rows)]
        return np.concatenate([w for w, _ in solved]), np.concatenate([b for _, b in solved])

    def _fit(self, subsets: Subsets) -> tuple[np.ndarray, np.ndarray]:
        solution, bias, proven = self._refine(subsets)
        doubtful = np.flatnonzero(~proven)
        if doubtful.size:
            solution[doubtful], bias[doubtful] = self._solve_directly(subsets.take(doubtful))
        return self.form.weights(solution).swapaxes(1, 2) / self.unit, bias[..., 0]

    def _refine(self, subsets: Subsets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return solutions, biases, and for each model whether its residual proves them."""
        rest = self.form.right(self.labels[None], subsets)
        solution, bias = np.zeros_like(rest), subsets.mean(self.labels[None])
        size, goal = _norm(rest), PROOF * _norm(rest)
        with np.errstate(all="ignore"):  # a failed attempt is not proven, whatever it holds
            attempt = self.solver.prepare(subsets.astype(np.float32))
            for _ in range(ROUNDS):
                scale = np.maximum(size, np.finfo(np.float64).tiny)
                change = scale * attempt((rest / scale).astype(np.float32))
                closer = self.form.admissible(solution + change, subsets)
                errors = self.labels - self.form.fitted(closer)
                left = self.form.right(errors, subsets) - self.form.alpha * closer
                better = _norm(left) < size
                solution, rest = np.where(better, closer, solution), np.where(better, left, rest)
                bias, size = np.where(better, subsets.mean(errors), bias), _norm(rest)
                if not ((size > goal) & better).any():
                    break
        return solution, bias, np.asarray((size <= goal).all(axis=(1, 2)))

    def _solve_directly(self, subsets: Subsets) -> tuple[np.ndarray, np.ndarray]:
        """Return solutions and biases from factors in double precision."""
        right = self.form.right(self.labels[None], subsets)
        solution = Cholesky(form=self.form).prepare(subsets)(right)
        if not np.isfinite(solution).all():
            raise InputError(
                f"alpha {self.alpha:g} is lost beside these features in double precision: "
                "give a larger one."
            )
        return solution, subsets.mean(self.labels - self.form.fitted(solution))


def _norm(values: np.ndarray) -> np.ndarray:
    norms: np.ndarray = np.linalg.norm(values, axis=-1, keepdims=True)
    return norms
