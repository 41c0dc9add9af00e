"""Train models together: one forward, one backward and one elementwise step for all of them."""

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from traindiff.algorithms.torch.batches import Augmenter, Batch
from traindiff.algorithms.torch.models import Models

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Loss",
    "classification",
    "rate",
    "regression",
    "train_models",
]

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress)),
}


def rate(schedule: str, warmup: float, step: int, steps: int) -> float:
    """Return the factor on the learning rate at ``step`` of ``steps``.

    It rises linearly over the first ``warmup`` share of the steps, then follows the schedule.
    """
    rising = warmup * steps
    if step < rising:
        return (step + 1) / (rising + 1)
    return SCHEDULES[schedule]((step - rising) / (steps - rising))


def classification(label_smoothing: float) -> Loss:
    """Return the sum over models of each model's weighted mean cross-entropy."""

    def loss(outputs: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
        each = functional.cross_entropy(
            outputs.flatten(0, 1),
            labels.flatten(),
            reduction="none",
            label_smoothing=label_smoothing,
        )
        return each @ weights.flatten()

    return loss


def regression(outputs: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Return the sum over models of each model's weighted mean squared error."""
    return (weights * (outputs[..., 0] - labels) ** 2).sum()


def train_models(
    models: Models,
    data: tuple[Tensor, Tensor],
    steps: Iterable[Batch],
    augment: Augmenter,
    *,
    drawing: AbstractContextManager[Any],
    loss: Loss,
    optimizer: torch.optim.Optimizer,
    rates: Sequence[float],
) -> None:
    """Train ``models`` in place.

    The loss is a sum of terms that share no parameter, and the optimiser is elementwise, so each
    model moves as it would alone.

    Parameters
    ----------
    models : Models
    data : (tensor, tensor)
        Inputs [train, ...] and labels [train], on the models' device.
    steps : iterable of Batch
    augment : Augmenter
    drawing : context manager
        Within which the models' layers draw.
    loss : callable
        (outputs, labels, weights) -> scalar.
    optimizer : torch.optim.Optimizer
        Over the models' leaves.
    rates : sequence of float
        Learning rate at each step.
    """
    inputs, labels = data
    models.train(True)
    room = inputs.new_empty(0)
    for batch, learning_rate in zip(steps, rates, strict=True):
        indices = batch.indices.to(inputs.device)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        chosen = _select(inputs, indices, room)
        augmented = augment(chosen, batch.counts)
        with drawing:
            outputs = models(augmented)
        optimizer.zero_grad()
        loss(outputs, labels[indices], batch.weights.to(outputs)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _select(inputs: Tensor, indices: Tensor, room: Tensor) -> Tensor:
    """Return inputs[indices], written to ``room``: fresh memory costs more than the copying."""
    if room.numel() < indices.numel() * inputs[0].numel():
        room.resize_(indices.numel() * inputs[0].numel())
    chosen = room[: indices.numel() * inputs[0].numel()].view(-1, *inputs.shape[1:])
    torch.index_select(inputs, 0, indices.flatten(), out=chosen)
    return chosen.view(*indices.shape, *inputs.shape[1:])
