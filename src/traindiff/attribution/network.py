"""One trained network as attribution sees it: what it says, and how that moves with its weights."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from traindiff.algorithms.torch.layout import calm
from traindiff.errors import InputError

__all__ = ["OUTPUTS", "Network", "Output"]

Output = Callable[[Tensor, Tensor], Tensor]
"""From one example's logits [classes] and its label to a number; higher = more confident."""

BLOCK_BYTES = 2**26
LARGEST_BLOCK = 256


def margin(logits: Tensor, label: Tensor) -> Tensor:
    """Return the logit of the label − logsumexp of the others (METHOD §1)."""
    right = logits.gather(0, label[None])[0]
    others = torch.arange(len(logits), device=logits.device) != label
    return right - torch.where(others, logits, -torch.inf).logsumexp(0)


def negative_cross_entropy(logits: Tensor, label: Tensor) -> Tensor:
    """Return log p(label)."""
    return logits.log_softmax(0).gather(0, label[None])[0]


def prediction(logits: Tensor, label: Tensor) -> Tensor:
    """Return a regression's prediction."""
    return logits[0]


def negative_error(logits: Tensor, label: Tensor) -> Tensor:
    """Return −|prediction − label|."""
    return -(logits[0] - label).abs()


OUTPUTS: dict[str, Output] = {
    "margin": margin,
    "negative-cross-entropy": negative_cross_entropy,
    "negative-error": negative_error,
    "prediction": prediction,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A trained module.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode, on its device; it maps [examples, ...] to [examples, classes].
    regression : bool
        Whether its one output is a value.
    label_scale : (float, float)
        Mean and standard deviation that bring a regression's output to the label's units.
    vectorised : bool
        Whether one call gives the gradients of many examples, or each takes its own.
    """

    module: nn.Module
    regression: bool
    label_scale: tuple[float, float] = (0.0, 1.0)
    vectorised: bool = True

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(iter(self.parameters.values())).device

    @cached_property
    def parameters(self) -> dict[str, Tensor]:
        """The trained parameters: those that require a gradient.

        Raises
        ------
        InputError
            When all are frozen.
        """
        found = {n: p.detach() for n, p in self.module.named_parameters() if p.requires_grad}
        if not found:
            raise InputError(
                "the model has no parameter that requires a gradient: none was trained."
            )
        return found

    @property
    def size(self) -> int:
        """Number of trained parameters."""
        return sum(value.numel() for value in self.parameters.values())

    @property
    def block(self) -> int:
        """Number of examples whose gradients are held at a time."""
        return max(1, min(LARGEST_BLOCK, BLOCK_BYTES // (4 * self.size)))

    def logits(self, inputs: Tensor) -> Tensor:
        """Return what the network says, [examples, classes]; a regression in the label's units."""
        with torch.no_grad():
            return self.scaled(self.module(inputs))

    def gradients(self, inputs: Tensor, labels: Tensor, output: Output) -> Tensor:
        """Return the gradient of each example's output, [examples, parameters].

        Parameters
        ----------
        inputs : tensor, shape [examples, ...]
        labels : tensor, shape [examples]
        output : callable
        """
        if not self.vectorised:
            return torch.stack(list(self._one_by_one(inputs, labels, output)))
        with calm():
            each = self._gradient(output)(self.parameters, inputs, labels)
        return torch.cat([value.flatten(1) for value in each.values()], dim=1)

    def vectorises(self, inputs: Tensor, labels: Tensor) -> bool:
        """Tell whether torch.func can take this module; some operations have no batching rule."""
        output = prediction if self.regression else margin
        try:
            with calm():
                self._gradient(output)(self.parameters, inputs, labels)
        except Exception:  # noqa: BLE001 - whatever a person's module raises under torch.func
            return False
        return True

    def scaled(self, outputs: Tensor) -> Tensor:
        """Return the module's outputs in the label's units."""
        middle, spread = self.label_scale
        return outputs * spread + middle if self.regression else outputs

    def _gradient(self, output: Output) -> Callable[..., dict[str, Tensor]]:
        def of_one(parameters: dict[str, Tensor], example: Tensor, label: Tensor) -> Tensor:
            outputs = functional_call(self.module, parameters, (example[None],))
            return output(self.scaled(outputs)[0], label)

        gradients: Callable[..., dict[str, Tensor]] = vmap(grad(of_one), in_dims=(None, 0, 0))
        return gradients

    def _one_by_one(self, inputs: Tensor, labels: Tensor, output: Output) -> Iterator[Tensor]:
        trained = [p for p in self.module.parameters() if p.requires_grad]
        for example, label in zip(inputs, labels, strict=True):
            # cuDNN's recurrent layers have no gradient in evaluation mode.
            with torch.backends.cudnn.flags(enabled=False):
                value = output(self.scaled(self.module(example[None]))[0], label)
                each = torch.autograd.grad(value, trained, materialize_grads=True)
            yield torch.cat([gradient.flatten() for gradient in each])
