"""Learning algorithms behind one protocol."""

from traindiff.algorithms.base import Algorithm, Ensemble, Fallible

__all__ = ["Algorithm", "Ensemble", "Fallible"]
