"""Models of one architecture, trained and asked: what all ways to hold them have in common."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from traindiff import seeding
from traindiff.algorithms.randomness import seeded
from traindiff.algorithms.torch.layout import channels_last

__all__ = ["Apart", "Models", "initialised", "state_of"]


class Models(Protocol):
    """Several models of one architecture."""

    def __call__(self, inputs: Tensor, *, shared: bool = False) -> Tensor:
        """Return outputs [models, examples, classes].

        Parameters
        ----------
        inputs : tensor, shape [models, examples, ...]
            Each model's own examples; [examples, ...] when ``shared``.
        """
        ...

    def __len__(self) -> int: ...

    @property
    def together(self) -> int:
        """How many models answer one call at a time."""
        ...

    def leaves(self) -> list[Tensor]:
        """Return the tensors that an optimiser moves."""
        ...

    def gradients(self) -> dict[str, Tensor]:
        """Return each parameter's gradient [models, ...] by name; zero where there is none."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Return parameters and buffers by name, each [models, ...]."""
        ...

    def train(self, training: bool) -> None:
        """Turn to training, or to answering."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Apart:
    """Modules that are called one after the other, as anyone would, and keep what they change.

    Parameters
    ----------
    modules : sequence of nn.Module
    """

    modules: Sequence[nn.Module]

    def __call__(self, inputs: Tensor, *, shared: bool = False) -> Tensor:
        """Return outputs [models, examples, classes] (see `Models`)."""
        inputs = channels_last(inputs)
        # A copy, so that a module that works in place can't change what the next one sees.
        given = [inputs.clone() if shared else inputs[model] for model in range(len(self))]
        return torch.stack([module(own) for module, own in zip(self.modules, given, strict=True)])

    def __len__(self) -> int:
        return len(self.modules)

    @property
    def together(self) -> int:
        """One model answers at a time."""
        return 1

    def leaves(self) -> list[Tensor]:
        """Return the tensors that an optimiser moves."""
        every = (value for module in self.modules for value in module.parameters())
        return [value for value in every if value.requires_grad]

    def gradients(self) -> dict[str, Tensor]:
        """Return each parameter's gradient [models, ...] by name (see `Models`)."""
        return _stacked(
            {
                name: torch.zeros_like(value) if value.grad is None else value.grad
                for name, value in module.named_parameters()
            }
            for module in self.modules
        )

    def state(self) -> dict[str, Tensor]:
        """Return parameters and buffers by name, each [models, ...]."""
        with torch.no_grad():
            return _stacked(map(state_of, self.modules))

    def train(self, training: bool) -> None:
        """Turn to training, or to answering."""
        for module in self.modules:
            module.train(training)

    @classmethod
    def from_arrays(cls, build: Callable[[], nn.Module], arrays: Mapping[str, np.ndarray]) -> Self:
        """Return the models whose state is given, in modules that ``build`` returns."""
        count = len(next(iter(arrays.values())))
        modules = [build() for _ in range(count)]
        for model, module in enumerate(modules):
            for name, value in state_of(module).items():
                # A buffer's shape may have changed in training; data takes any.
                value.data = torch.tensor(arrays[name][model]).to(value)
        return cls(modules=modules)


def initialised(
    build: Callable[[], nn.Module], seed: int, initial: Mapping[str, Tensor], example: Tensor
) -> nn.Module:
    """Return a module, its weights drawn from the stream named "init".

    Parameters
    ----------
    build : callable
        Returns a module initialised from torch's default generator.
    seed : int
        The model's.
    initial : mapping of str to tensor
        Weights that replace the drawn ones.
    example : tensor, shape [1, ...]
        From which lazy layers learn their sizes.
    """
    with seeded(seeding.derive(seed, "init")):
        module = build()
        if any(map(is_lazy, state_of(module).values())):
            with torch.no_grad():
                module.eval()(example)
            module.train()
    if initial:
        module.load_state_dict(dict(initial), strict=False)
    return module


def state_of(module: nn.Module) -> dict[str, Tensor]:
    """Return a module's parameters and buffers by name; a tied one has one name."""
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _stacked(states: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    every = list(states)
    return {name: torch.stack([state[name] for state in every]) for name in every[0]}
