"""Learning algorithms behind one protocol."""

from traindiff.algorithms.base import Algorithm, Ensemble

__all__ = ["Algorithm", "Ensemble"]
