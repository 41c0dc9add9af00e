"""Ridge regressions on thousands of subsets of one data set."""

from traindiff.algorithms.ridge.problem import RidgeProblem

__all__ = ["RidgeProblem"]
