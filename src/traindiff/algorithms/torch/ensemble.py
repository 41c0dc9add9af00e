"""Trained PyTorch models that answer together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from traindiff.algorithms.randomness import seeded
from traindiff.algorithms.torch.layout import calm, one_thread
from traindiff.algorithms.torch.models import Models
from traindiff.algorithms.torch.problem import Problem, explaining_memory

__all__ = ["TorchEnsemble"]


@dataclass(frozen=True, kw_only=True, eq=False)
class TorchEnsemble:
    """Models of one `TorchAlgorithm`.

    Parameters
    ----------
    problem : Problem
        What the models share: architecture, preparation of inputs, scale of labels.
    parts : sequence of Models
        The models, in parts that are evaluated together.
    order : int array, shape [models]
        Place of each model in the parts laid end to end.
    """

    problem: Problem
    parts: Sequence[Models]
    order: np.ndarray

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return what every model says about every input.

        Parameters
        ----------
        inputs : array, shape [examples, ...]
            As in `Dataset.inputs`.

        Returns
        -------
        array, float32, shape [models, examples, classes]
            Logits, or values in the label's units with one "class".

        Raises
        ------
        TrainingError
            When memory runs out.
        """
        middle, spread = self.problem.label_scale
        with one_thread(), calm(), torch.inference_mode(), explaining_memory("asking the models"):
            outputs = np.concatenate([self._predict(part, inputs) for part in self.parts])
        return np.asarray(outputs[self.order] * np.float32(spread) + np.float32(middle))

    def _predict(self, models: Models, inputs: np.ndarray) -> np.ndarray:
        models.train(False)
        width = self.problem.examples_at_once(models.together)
        blocks = [inputs[first : first + width] for first in range(0, len(inputs), width)]
        device, prepare = self.problem.inputs.device, self.problem.preparation
        with seeded(0):  # a module may draw when it answers
            given = (torch.from_numpy(prepare(block)).to(device) for block in blocks)
            answers = [models(each, shared=True).cpu().numpy() for each in given]
        return np.concatenate(answers, axis=1)

    def arrays(self) -> dict[str, np.ndarray] | None:
        """Return parameters and buffers by name, shape [models, ...].

        None where they are not all that a model's answers depend on.
        """
        if self.problem.together.keeps:
            return None
        parts = [part.state() for part in self.parts]
        return {
            name: torch.cat([part[name] for part in parts]).cpu().numpy()[self.order]
            for name in parts[0]
        }

    @classmethod
    def from_arrays(cls, problem: Problem, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return the ensemble whose `arrays` are given."""
        models = problem.restored(arrays)
        return cls(problem=problem, parts=[models], order=np.arange(len(models)))
