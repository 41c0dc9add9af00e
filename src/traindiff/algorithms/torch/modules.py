"""Architectures for `TorchAlgorithm`: two built in, or any factory that can be imported."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from torch import nn

from traindiff.errors import InputError, one_of, whole
from traindiff.identity import check_identity, code_identity
from traindiff.plugin import check_arguments, resolve

__all__ = ["MODULES", "ModuleFactory", "build", "cnn", "describe_factory", "find_factory", "mlp"]

ModuleFactory = Callable[..., nn.Module]

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}


def mlp(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    hidden: Sequence[int] = (64,),
    activation: str = "relu",
) -> nn.Module:
    """Return a multi-layer perceptron over flattened inputs.

    Parameters
    ----------
    input_shape : sequence of int
        Shape of one prepared example.
    n_outputs : int
        Number of logits, or 1 for regression.
    hidden : sequence of int
        Width of each hidden layer; empty for a linear model.
    activation : {"relu", "gelu", "tanh"}

    Raises
    ------
    InputError
        When a width is not positive or the activation has another name.

    Examples
    --------
    >>> mlp((1, 8, 8), 10, hidden=(32,))[1]
    Linear(in_features=64, out_features=32, bias=True)
    """
    size = 1
    for length in input_shape:
        size *= length
    _check_widths("hidden", hidden)
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise((size, *hidden)):
        layers += [nn.Linear(before, after), _activation(activation)]
    return nn.Sequential(*layers, nn.Linear((size, *hidden)[-1], n_outputs))


def cnn(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    channels: Sequence[int] = (16, 32),
    hidden: Sequence[int] = (64,),
    activation: str = "relu",
    batch_norm: bool = False,
) -> nn.Module:
    """Return a small convolutional network: 3×3 convolutions, each halving the image, then an MLP.

    Parameters
    ----------
    input_shape : sequence of int
        (channels, height, width) of one image.
    n_outputs : int
        Number of logits, or 1 for regression.
    channels : sequence of int
        Output channels of each convolution.
    hidden : sequence of int
        Widths of the fully connected layers before the last.
    activation : {"relu", "gelu", "tanh"}
    batch_norm : bool
        Normalise after each convolution.

    Raises
    ------
    InputError
        When inputs are not images, or are too small to be halved so often.
    """
    if len(input_shape) != 3:
        raise InputError(f"cnn needs images [channels, height, width], found {tuple(input_shape)}.")
    depth, height, width = input_shape
    _check_widths("channels", channels)
    if min(height, width) >> len(channels) == 0:
        raise InputError(
            f"cnn halves a {height}×{width} image {len(channels)} times, which leaves nothing: "
            "give fewer channels."
        )
    layers: list[nn.Module] = []
    for before, after in pairwise((depth, *channels)):
        layers.append(nn.Conv2d(before, after, 3, padding=1, bias=not batch_norm))
        layers += [nn.BatchNorm2d(after)] if batch_norm else []
        # Pooling first gives the same for monotone activations, and leaves them a quarter to do.
        layers += [nn.MaxPool2d(2), _activation(activation)]
    shape = ((depth, *channels)[-1], height >> len(channels), width >> len(channels))
    head = mlp(shape, n_outputs, hidden=hidden, activation=activation)
    return nn.Sequential(*layers, *head.children())


MODULES: dict[str, ModuleFactory] = {"mlp": mlp, "cnn": cnn}


def find_factory(module: str | ModuleFactory) -> ModuleFactory:
    """Return the factory that a name, a "package.module:factory" path or a callable stands for.

    Raises
    ------
    InputError
        When there is no such name, module or attribute.
    """
    if not isinstance(module, str):
        return module
    if ":" not in module and module not in MODULES:
        raise InputError(
            f"module {module!r} is not built in: give one of {', '.join(MODULES)}, "
            "or 'package.module:factory'."
        )
    found = MODULES[module] if module in MODULES else resolve(module)
    if not callable(found):
        raise InputError(f"module {module!r} must be a function, found {type(found).__name__}.")
    return found


def describe_factory(module: str | ModuleFactory, version: str | None) -> dict[str, Any]:
    """Return the identity of a factory: its name, and the hash of a person's own source file.

    Raises
    ------
    InputError
        When that does not tell it from others (`traindiff.identity.check_identity`).
    """
    factory = find_factory(module)
    for name, built_in in MODULES.items():
        if factory is built_in:
            return {"name": name}
    check_identity(factory, version, "module")
    return code_identity(factory)


def build(
    module: str | ModuleFactory,
    input_shape: Sequence[int],
    n_outputs: int,
    arguments: Mapping[str, Any],
) -> nn.Module:
    """Return a fresh module, its initial weights drawn from torch's default generator.

    Raises
    ------
    InputError
        When the factory does not take the arguments, or returns something else than a module.
    """
    factory = find_factory(module)
    check_arguments(factory, ("input_shape", "n_outputs"), arguments, str(module))
    built = factory(tuple(input_shape), n_outputs, **arguments)
    if not isinstance(built, nn.Module):
        raise InputError(
            f"module {module!r} must return a torch.nn.Module, found {type(built).__name__}."
        )
    return built


def _check_widths(name: str, widths: Sequence[int]) -> None:
    for width in widths:
        whole(name, width)


def _activation(name: str) -> nn.Module:
    return ACTIVATIONS[one_of("activation", name, ACTIVATIONS, "the activations are")]()
