"""Subsets and seeds become tasks, tasks become outputs, on one machine or many."""

from traindiff.training.engines import Engine, Inline
from traindiff.training.ensembles import ENSEMBLE_CHUNK, JoinedEnsemble, train_ensemble
from traindiff.training.estimate import Estimate, estimate
from traindiff.training.outputs import TrainedOutputs, train_outputs
from traindiff.training.processes import Processes
from traindiff.training.subsets import draw_masks, model_seeds

__all__ = [
    "ENSEMBLE_CHUNK",
    "Engine",
    "Estimate",
    "Inline",
    "JoinedEnsemble",
    "Processes",
    "TrainedOutputs",
    "draw_masks",
    "estimate",
    "model_seeds",
    "train_ensemble",
    "train_outputs",
]
