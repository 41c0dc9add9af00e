"""What A and B predict: how often they agree, who changed, how sure they are."""

from traindiff.lenses.predictions.agreement import Agreement, measure_agreement

__all__ = ["Agreement", "measure_agreement"]
