"""Learning algorithms behind one protocol."""

from traindiff.algorithms.base import Algorithm, Chunked, Ensemble, Fallible, default_chunk

__all__ = ["Algorithm", "Chunked", "Ensemble", "Fallible", "default_chunk"]
