"""From a direction to transformations of the input that may carry it."""

from traindiff.hypotheses.base import Change, Hypothesis, Slice, Transform

__all__ = ["Change", "Hypothesis", "Slice", "Transform"]
