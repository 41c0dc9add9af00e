"""From a direction to transformations of the input that may carry it."""

from traindiff.hypotheses.base import Hypothesis, Slice

__all__ = ["Hypothesis", "Slice"]
