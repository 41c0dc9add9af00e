"""Two sets of datamodels, compared: as published, and honestly."""

from traindiff.comparison.base import Comparison, Power, Reliability, Side, Subpopulation

__all__ = ["Comparison", "Power", "Reliability", "Side", "Subpopulation"]
