"""Datamodels: how each training example moves each output (METHOD §2)."""

from traindiff.datamodels.base import Datamodels, Quality
from traindiff.datamodels.curve import LearningCurve, learning_curve
from traindiff.datamodels.difference import (
    contrast_matrix,
    difference_weights,
    uninformative_train,
)
from traindiff.datamodels.fit import fit_datamodels
from traindiff.datamodels.online import OnlineDatamodels
from traindiff.datamodels.path import PathSettings

__all__ = [
    "Datamodels",
    "LearningCurve",
    "OnlineDatamodels",
    "PathSettings",
    "Quality",
    "contrast_matrix",
    "difference_weights",
    "fit_datamodels",
    "learning_curve",
    "uninformative_train",
]
