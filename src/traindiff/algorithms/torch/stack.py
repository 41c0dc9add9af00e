"""Many modules of one architecture as one: parameters and buffers stacked along a models axis."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from traindiff.algorithms.torch.layout import plain_attention
from traindiff.algorithms.torch.models import state_of
from traindiff.algorithms.torch.recurrent import Recurrences, recurs

__all__ = ["Stack"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """Models of one architecture, evaluated in one vectorised call (see `models.Models`).

    Parameters
    ----------
    template : nn.Module
        The architecture; its own weights are never used.
    parameters, buffers : dict of str to tensor, shape [models, ...]
        As they are trained.
    drawing : bool
        Whether layers draw numbers while they train, which `draws.Draws` has to hand them.
    turned : frozenset of str
        Parameters held with their last two axes exchanged: the way in which a product of matrices
        leaves the gradient of a linear layer's weights, which is then not copied each step.
    """

    template: nn.Module
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    drawing: bool = False
    turned: frozenset[str] = frozenset()

    def __call__(self, inputs: Tensor, *, shared: bool = False) -> Tensor:
        """Return outputs [models, examples, classes] (see `Models`)."""
        drawing = self.drawing and self.template.training
        call = vmap(
            self._call,
            in_dims=(0, 0, None if shared else 0),
            randomness="different" if drawing else "error",
        )
        with plain_attention(), Recurrences() if recurs(self.template) else nullcontext():
            return call(self._weights(self.parameters), self.buffers, inputs)

    def __len__(self) -> int:
        return len(next(iter(self.parameters.values())))

    @property
    def together(self) -> int:
        """All models answer one call."""
        return len(self)

    def _call(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], inputs: Tensor
    ) -> Tensor:
        outputs: Tensor = functional_call(self.template, (parameters, buffers), (inputs,))
        return outputs

    def _weights(self, held: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return what is held of each parameter as the template has it."""
        return {
            name: value.transpose(-2, -1) if name in self.turned else value
            for name, value in held.items()
        }

    def leaves(self) -> list[Tensor]:
        """Return the tensors that an optimiser moves."""
        return [value for value in self.parameters.values() if value.requires_grad]

    def gradients(self) -> dict[str, Tensor]:
        """Return each parameter's gradient [models, ...] by name (see `Models`)."""
        found = {
            name: torch.zeros_like(value) if value.grad is None else value.grad
            for name, value in self.parameters.items()
        }
        return self._weights(found)

    def state(self) -> dict[str, Tensor]:
        """Return parameters and buffers by name, each [models, ...]."""
        held = {name: value.detach() for name, value in self.parameters.items()}
        return {**self._weights(held), **self.buffers}

    def train(self, training: bool) -> None:
        """Turn to training, or to answering."""
        self.template.train(training)

    @classmethod
    def of(
        cls, modules: Sequence[nn.Module], device: torch.device, *, drawing: bool = False
    ) -> Self:
        """Return the stack of ``modules``, which start alike but for their numbers.

        By name, since `torch.func.stack_module_state` takes a parametrised module, whose class is
        made for it alone, for one of another kind than its neighbour.
        """
        first = modules[0]
        states = [state_of(module) for module in modules]
        stacked = {
            name: torch.stack([each[name] for each in states]).detach() for name in states[0]
        }
        turned = frozenset(_linear_weights(first))
        return cls(
            template=first.to(device),
            parameters={
                name: _leaf(stacked[name], value, device, turned=name in turned)
                for name, value in first.named_parameters()
            },
            buffers={name: stacked[name].to(device) for name, _ in first.named_buffers()},
            drawing=drawing,
            turned=turned,
        )

    @classmethod
    def from_arrays(cls, template: nn.Module, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return the stack whose `state` is given as arrays, on the template's device."""

        def chosen(state: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
            return {
                name: torch.tensor(arrays[name], dtype=value.dtype, device=value.device)
                for name, value in state
            }

        return cls(
            template=template,
            parameters=chosen(template.named_parameters()),
            buffers=chosen(template.named_buffers()),
        )


def _linear_weights(template: nn.Module) -> Iterator[str]:
    for name, module in template.named_modules():
        if isinstance(module, nn.Linear):
            yield f"{name}.weight" if name else "weight"


def _leaf(stacked: Tensor, like: Tensor, device: torch.device, *, turned: bool) -> Tensor:
    held = stacked.to(device)
    held = held.transpose(-2, -1).contiguous() if turned else held
    return held.requires_grad_(like.requires_grad)
