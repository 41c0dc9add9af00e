"""From a direction to transformations of the input that may carry it."""

from traindiff.hypotheses.base import Aim, Hypothesis

__all__ = ["Aim", "Hypothesis"]
