"""Many modules of one architecture as one: parameters and buffers stacked along a models axis."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from traindiff import seeding

__all__ = [
    "Stack",
    "activation_size",
    "channels_last",
    "one_thread",
    "reason_not_vectorised",
    "stack_modules",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """Models of one architecture, evaluated together.

    Parameters
    ----------
    template : nn.Module
        The architecture; its own weights are never used.
    parameters, buffers : dict of str to tensor, shape [models, ...]
        As they are trained.
    vectorised : bool
        Whether one vectorised call serves all models, or each takes its own.
    turned : frozenset of str
        Parameters held with their last two axes exchanged: the way in which a product of matrices
        leaves the gradient of a linear layer's weights, which is then not copied each step.
    """

    template: nn.Module
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    vectorised: bool
    turned: frozenset[str] = frozenset()

    def __call__(self, inputs: Tensor, *, shared: bool = False) -> Tensor:
        """Return outputs [models, examples, classes].

        Parameters
        ----------
        inputs : tensor, shape [models, examples, ...]
            Each model's own examples; [examples, ...] when ``shared``.
        """
        axis = None if shared else 0
        if self.vectorised:
            call = vmap(self._call, in_dims=(0, 0, axis))
            with _plain_attention():
                return call(self.weights, self.buffers, inputs)
        inputs = channels_last(inputs)
        return torch.stack(
            [
                self._call(
                    _row(self.parameters, model),
                    _row(self.buffers, model),
                    inputs if shared else inputs[model],
                )
                for model in range(len(self))
            ]
        )

    def __len__(self) -> int:
        return len(next(iter(self.parameters.values())))

    @property
    def weights(self) -> dict[str, Tensor]:
        """The parameters [models, ...], each as the template has it."""
        return {
            name: value.transpose(-2, -1) if name in self.turned else value
            for name, value in self.parameters.items()
        }

    def _call(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], inputs: Tensor
    ) -> Tensor:
        outputs: Tensor = functional_call(self.template, (parameters, buffers), (inputs,))
        return outputs

    def arrays(self) -> dict[str, np.ndarray]:
        """Return parameters and buffers by name, as NumPy arrays [models, ...]."""
        state = {**self.weights, **self.buffers}
        return {name: value.detach().cpu().numpy() for name, value in state.items()}

    @classmethod
    def from_arrays(
        cls, template: nn.Module, arrays: Mapping[str, np.ndarray], *, vectorised: bool
    ) -> Self:
        """Return the stack whose `arrays` are given, on the template's device."""

        def chosen(state: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
            return {
                name: torch.tensor(arrays[name], dtype=value.dtype, device=value.device)
                for name, value in state
            }

        return cls(
            template=template,
            parameters=chosen(template.named_parameters()),
            buffers=chosen(template.named_buffers()),
            vectorised=vectorised,
        )


def stack_modules(
    build: Callable[[], nn.Module],
    seeds: Sequence[int],
    initial: Mapping[str, Tensor],
    device: torch.device,
    *,
    vectorised: bool,
) -> Stack:
    """Build one module for each seed, its weights drawn from the stream named "init"; stack them.

    Parameters
    ----------
    build : callable
        Returns a module initialised from torch's default generator.
    seeds : sequence of int
        Model seeds.
    initial : mapping of str to tensor
        Weights that replace the drawn ones in every model.
    device : torch.device
    vectorised : bool
    """
    modules = [_initialised(build, seed, initial) for seed in seeds]
    parameters, buffers = stack_module_state(modules)
    turned = frozenset(_linear_weights(modules[0]) if vectorised else ())
    return Stack(
        template=modules[0].to(device),
        parameters={
            name: _leaf(value, device, turned=name in turned) for name, value in parameters.items()
        },
        buffers={name: value.to(device) for name, value in buffers.items()},
        vectorised=vectorised,
        turned=turned,
    )


def reason_not_vectorised(template: nn.Module, inputs: Tensor) -> str | None:
    """Return why torch.func can't train such modules together, or None where it can.

    Randomness inside a module (dropout) counts as a reason: its draws would depend on how many
    models are trained at once.
    """
    parameters, buffers = stack_module_state([template, template])
    stack = Stack(template=template, parameters=parameters, buffers=buffers, vectorised=True)
    try:
        stack(inputs, shared=True).sum().backward()  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError) as error:
        if "random" in str(error):
            return "the module draws random numbers of its own, such as dropout's"
        return str(error).strip().splitlines()[0]
    return None


def channels_last(inputs: Tensor) -> Tensor:
    """Return images [..., channels, height, width] with each pixel's channels side by side.

    Convolutions and pooling on a CPU are up to four times as fast on this layout. Shapes and
    values stay; inputs of fewer axes are returned as they are.
    """
    if inputs.ndim < 4:
        return inputs
    # Flattening forces a stride of 1 on the channels, even where there is only one.
    pixels = inputs.movedim(-3, -1)
    return pixels.flatten(-2).reshape(pixels.shape).movedim(-1, -3)


def activation_size(
    template: nn.Module, inputs: Tensor, kinds: tuple[type[nn.Module], ...] = (nn.Module,)
) -> int:
    """Return how many numbers the innermost modules make of one example, summed over them.

    Parameters
    ----------
    template : nn.Module
    inputs : tensor, shape [examples, ...]
    kinds : tuple of nn.Module classes
        Which modules count.
    """
    sizes = [0]

    def count(module: nn.Module, given: object, result: object) -> None:
        sizes.append(_numbers(result))

    leaves = [module for module in template.modules() if not list(module.children())]
    hooks = [leaf.register_forward_hook(count) for leaf in leaves if isinstance(leaf, kinds)]
    with torch.no_grad():
        template.eval()(inputs)
    for hook in hooks:
        hook.remove()
    return sum(sizes) // len(inputs)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one CPU thread within the block.

    Sums split over threads round differently, so the number of threads would show in the results;
    work is spread over cores by chunks of models instead.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _numbers(result: object) -> int:
    """Count the numbers in a module's result: a tensor, or tensors in tuples."""
    if isinstance(result, Tensor):
        return result.numel()
    return sum(map(_numbers, result)) if isinstance(result, (tuple, list)) else 0


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Compute attention by matrix products, which torch.func can vectorise, within the block."""
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


def _initialised(
    build: Callable[[], nn.Module], seed: int, initial: Mapping[str, Tensor]
) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seeding.derive(seed, "init"))
        module = build()
    if initial:
        module.load_state_dict(dict(initial), strict=False)
    return module


def _linear_weights(template: nn.Module) -> Iterator[str]:
    for name, module in template.named_modules():
        if isinstance(module, nn.Linear):
            yield f"{name}.weight" if name else "weight"


def _leaf(value: Tensor, device: torch.device, *, turned: bool) -> Tensor:
    held = value.detach().to(device)
    held = held.transpose(-2, -1).contiguous() if turned else held
    return held.requires_grad_(value.requires_grad)


def _row(state: Mapping[str, Tensor], model: int) -> dict[str, Tensor]:
    return {name: value[model] for name, value in state.items()}
