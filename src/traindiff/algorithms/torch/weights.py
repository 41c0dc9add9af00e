"""Initial weights from a safetensors file."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from traindiff.errors import InputError
from traindiff.foreign import reading

__all__ = ["check_weights", "content_hash", "load_weights", "weights_hash"]


def load_weights(path: str | Path | None) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, or none.

    Raises
    ------
    InputError
        When the file is missing or not a safetensors file.
    """
    if path is None:
        return {}
    return reading(
        path, "a readable safetensors file of initial_weights", lambda: dict(load_file(path))
    )


def weights_hash(path: str | Path | None) -> str | None:
    """Return the hash of the file's tensors, which may move; None where there is no file.

    Not of its bytes: safetensors writes the same weights with their metadata in any order.

    Raises
    ------
    InputError
        When the file can't be read.
    """
    return None if path is None else content_hash(load_weights(path))


def content_hash(state: Mapping[str, Tensor]) -> str:
    """Return the identity of a state dict: of every name, shape, type and byte."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(state):
        value = state[name].contiguous()
        digest.update(f"{name}{value.dtype}{tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def check_weights(module: nn.Module, initial: Mapping[str, Tensor]) -> None:
    """Check that every tensor fits a parameter or buffer of the module.

    Raises
    ------
    InputError
        Naming the tensor.
    """
    expected = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    for name, value in initial.items():
        if name not in expected:
            raise InputError(
                f"initial_weights holds {name!r}, which the module lacks; "
                f"it has {', '.join(expected)}."
            )
        if tuple(value.shape) != expected[name]:
            raise InputError(
                f"initial_weights {name!r} must have shape {expected[name]}, "
                f"found {tuple(value.shape)}."
            )
