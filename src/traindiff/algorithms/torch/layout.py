"""How torch computes: layout in memory, threads, attention; and how much it touches."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

__all__ = ["activation_size", "calm", "channels_last", "one_thread", "plain_attention"]

RECURRENT_NUMBERS = 8  # an LSTM keeps gates, cells and their tanh for each number it says


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
        sizes.append(_numbers(result) * (RECURRENT_NUMBERS if isinstance(module, nn.LSTM) else 1))

    leaves = [module for module in template.modules() if not list(module.children())]
    counted = [leaf for leaf in leaves if isinstance(leaf, kinds)]
    # What torch.jit compiled takes no hooks: it counts for nothing.
    plain = [leaf for leaf in counted if not isinstance(leaf, torch.jit.ScriptModule)]
    hooks = [leaf.register_forward_hook(count) for leaf in plain]
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


@contextmanager
def plain_attention() -> Iterator[None]:
    """Compute attention by matrix products, which torch.func can vectorise, within the block."""
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


@contextmanager
def calm() -> Iterator[None]:
    """Leave torch's advice on missing batching rules unsaid within the block.

    What is slow so is still faster than one by one, and nobody who trains models can act on it.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")
        yield


def _numbers(result: object) -> int:
    """Count the numbers in a module's result: a tensor, or tensors in tuples."""
    if isinstance(result, Tensor):
        return result.numel()
    return sum(map(_numbers, result)) if isinstance(result, (tuple, list)) else 0
