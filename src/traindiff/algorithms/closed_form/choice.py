"""Which approximate solver suits a ridge problem: found by trying, on subsets of its own.

Steps are counted, never timed, so that the choice is the same on every machine.
"""

from collections.abc import Iterator

import numpy as np
from scipy.linalg import eigvalsh

from traindiff import seeding
from traindiff.algorithms.closed_form.forms import Dual, Form, Primal, left
from traindiff.algorithms.closed_form.solvers import (
    Cholesky,
    Conjugate,
    Reflections,
    Solver,
    Stepwise,
)
from traindiff.algorithms.closed_form.subsets import Subsets

__all__ = ["dual_solver", "primal_solver"]

TRIALS = 4
FEWEST = 8  # steps that a dual problem hardly ever gets by with
STEPS: tuple[int, ...] = (*range(1, 20), *range(20, 129, 4))
ENOUGH = 3e-5  # relative residual of one approximate solution: single precision is not far below
ROUNDS = 2  # approximate solutions until refinement has proven one
# Measured, in floating-point operations of a single-precision matrix product:
FACTOR = 3.0  # of one operation of a Cholesky factor
ELEMENT = 100.0  # of what a step does with one unknown besides products


def dual_solver(form: Dual, labels: np.ndarray, size: int) -> Solver:
    """Return the solver that takes the fewest operations a subset.

    Parameters
    ----------
    form : Dual
        In single precision.
    labels : array, shape [outputs, train]
    size : int
        Of a subset.
    """
    fewest = FEWEST * ROUNDS * len(labels) * form.cost()
    if FACTOR * form.cost_of_factor(size) < fewest:
        return Cholesky(form=form)
    eigenvalues = np.maximum(eigvalsh(form.gram), 0) + form.alpha
    balanced = (len(form.gram) - size) / size
    candidates = (
        Reflections.of(form, eigenvalues, ratio) for ratio in dict.fromkeys((balanced, 1.0))
    )
    return _best(form, labels, size, candidates)


def primal_solver(form: Primal, labels: np.ndarray, size: int) -> Solver:
    """Return the solver that takes the fewest operations a subset, as `dual_solver`."""
    return _best(form, labels, size, iter((Conjugate.of(form, size),)))


def _best(form: Form, labels: np.ndarray, size: int, candidates: Iterator[Stepwise]) -> Solver:
    subsets = _subsets(labels.shape[1], size)
    right = form.right(labels[None], subsets)
    right /= np.maximum(np.linalg.norm(right, axis=-1, keepdims=True), np.finfo(np.float32).tiny)
    solver: Solver = Cholesky(form=form)
    least = FACTOR * form.cost_of_factor(size)
    for candidate in candidates:
        each = ROUNDS * len(labels) * (candidate.cost() + ELEMENT * right.shape[-1])
        steps = _steps(form, candidate, right, subsets, most=least / each)
        if steps is not None:
            solver, least = candidate.of_steps(steps), each * steps
    return solver


def _steps(
    form: Form, solver: Stepwise, right: np.ndarray, subsets: Subsets, *, most: float
) -> int | None:
    """Return how many steps suffice, or None where ``most`` do not."""
    for steps in STEPS:
        if steps >= most:
            break
        with np.errstate(all="ignore"):  # a candidate may diverge
            rest = right - left(form, solver.take(steps, right, subsets), subsets)
            if float(np.linalg.norm(rest, axis=-1).max()) < ENOUGH:
                return steps
    return None


def _subsets(train: int, size: int) -> Subsets:
    masks = np.zeros((TRIALS, train), dtype=bool)
    for row, mask in enumerate(masks):
        mask[seeding.stream(0, "ridge trial", row).choice(train, size, replace=False)] = True
    return Subsets.of(masks).astype(np.float32)
