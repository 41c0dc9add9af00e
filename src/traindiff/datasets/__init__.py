"""Examples to train on, to explain and to verify with."""

from traindiff.datasets.base import Dataset, Modality, Splits

__all__ = ["Dataset", "Modality", "Splits"]
