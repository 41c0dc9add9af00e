"""Trained PyTorch models that answer together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from traindiff.algorithms.torch.problem import Problem, explaining_memory
from traindiff.algorithms.torch.stack import Stack, one_thread

__all__ = ["TorchEnsemble"]


@dataclass(frozen=True, kw_only=True, eq=False)
class TorchEnsemble:
    """Models of one `TorchAlgorithm`.

    Parameters
    ----------
    problem : Problem
        What the models share: architecture, preparation of inputs, scale of labels.
    stacks : sequence of Stack
        The models, in parts that are evaluated together.
    order : int array, shape [models]
        Place of each model in the parts laid end to end.
    """

    problem: Problem
    stacks: Sequence[Stack]
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
        with one_thread(), torch.inference_mode(), explaining_memory("asking the models"):
            outputs = np.concatenate([self._predict(stack, inputs) for stack in self.stacks])
        return np.asarray(outputs[self.order] * np.float32(spread) + np.float32(middle))

    def _predict(self, stack: Stack, inputs: np.ndarray) -> np.ndarray:
        stack.template.eval()
        width = self.problem.examples_at_once(len(stack))
        blocks = [inputs[first : first + width] for first in range(0, len(inputs), width)]
        device, prepare = self.problem.inputs.device, self.problem.preparation
        return np.concatenate(
            [
                stack(torch.from_numpy(prepare(block)).to(device), shared=True).cpu().numpy()
                for block in blocks
            ],
            axis=1,
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return parameters and buffers by name, shape [models, ...]."""
        parts = [stack.arrays() for stack in self.stacks]
        return {
            name: np.concatenate([part[name] for part in parts])[self.order] for name in parts[0]
        }

    @classmethod
    def from_arrays(cls, problem: Problem, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return the ensemble whose `arrays` are given."""
        stack = Stack.from_arrays(problem.template, arrays, vectorised=problem.reason is None)
        return cls(problem=problem, stacks=[stack], order=np.arange(len(stack)))
