"""How strongly each training example still pulls: the slope of its loss against its output."""

import torch
from torch import Tensor
from torch.func import vmap

from traindiff.attribution.base import Task, finite
from traindiff.attribution.network import margin

__all__ = ["slopes", "warmth"]


def slopes(task: Task, temperature: float | None) -> Tensor:
    """Return −∂loss/∂output of each training example, shape [train].

    Of a classification with cross-entropy and the margin m as output it is 1 − p = σ(−m); of a
    regression with half the squared error, label − prediction.

    Parameters
    ----------
    task : Task
    temperature : float or None
        σ(−m / temperature); see `warmth`.
    """
    if not task.network.regression:
        margins = _margins(task)
        return torch.sigmoid(-margins / _warmth(margins, temperature))
    blocks = task.train.blocks(task.network.block, task.network.device)
    each = [labels - task.network.logits(inputs)[:, 0] for _, inputs, labels in blocks]
    return finite(torch.cat(each).float(), task, "outputs of training examples")


def warmth(task: Task, temperature: float | None) -> float:
    """Return the temperature of a classifier's probabilities on its training examples.

    A network is surer of the examples that it was trained on than of others, and 1 − p of them is
    near 0 although leaving one out would change that. None takes the mean margin of the training
    examples, at least 1; 1 is the network's own probability.
    """
    return 1.0 if task.network.regression else _warmth(_margins(task), temperature)


def _warmth(margins: Tensor, temperature: float | None) -> float:
    return max(1.0, float(margins.mean())) if temperature is None else temperature


def _margins(task: Task) -> Tensor:
    blocks = task.train.blocks(task.network.block, task.network.device)
    each = [vmap(margin)(task.network.logits(inputs), labels) for _, inputs, labels in blocks]
    return finite(torch.cat(each).float(), task, "outputs of training examples")
