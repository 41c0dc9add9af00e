"""Checkpoints: the weights of one trained model, from files that can hold no code."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import safetensors
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from traindiff.errors import InputError

__all__ = ["Checkpoint", "called", "content_hash", "loaded", "read_checkpoint"]

Checkpoint = str | Path | Mapping[str, Any]


def called(checkpoint: Checkpoint, index: int) -> str:
    """Return what people know a checkpoint by: its path, or its place among the others."""
    return f"checkpoint {index}" if isinstance(checkpoint, Mapping) else str(checkpoint)


def read_checkpoint(checkpoint: Checkpoint, where: str) -> dict[str, Tensor]:
    """Return a state dict: tensors by parameter and buffer name, on the CPU.

    Parameters
    ----------
    checkpoint : path or mapping
        A safetensors file, a file that ``torch.load(..., weights_only=True)`` reads, or the state
        dict itself (tensors or arrays).
    where : str
        For messages; see `called`.

    Raises
    ------
    InputError
        When the file can't be read, or holds something else than tensors by name.
    """
    state = checkpoint if isinstance(checkpoint, Mapping) else _read(Path(checkpoint))
    for name, value in state.items():
        if not isinstance(value, Tensor | np.ndarray):
            raise InputError(
                f"{where} must map parameter names to tensors, but {name!r} is a "
                f"{type(value).__name__}: give the state dict alone, model.state_dict()."
            )
    if not state:
        raise InputError(f"{where} holds no tensors.")
    return {name: torch.as_tensor(value).detach().cpu() for name, value in state.items()}


def content_hash(state: Mapping[str, Tensor]) -> str:
    """Return the identity of a state dict: of every name, shape, type and byte."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(state):
        value = state[name].contiguous()
        digest.update(f"{name}{value.dtype}{tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def loaded(module: nn.Module, state: Mapping[str, Tensor], where: str) -> nn.Module:
    """Put a state dict into ``module``; return it in evaluation mode.

    Tied weights may be there under one of their names, and buffers that ``state_dict()`` leaves out
    may be there or not.

    Raises
    ------
    InputError
        When names or shapes differ from the module's, or a weight is not finite.
    """
    expected, needed = _named_tensors(module), module.state_dict().keys()
    given = {id(expected[name]): value for name, value in state.items() if name in expected}
    complete = {name: given[id(own)] for name, own in expected.items() if id(own) in given}
    missing, unknown = sorted(needed - complete.keys()), sorted(state.keys() - expected.keys())
    if missing or unknown:
        raise InputError(
            f"{where} does not fit the model: it lacks {missing[:3] or 'nothing'} and holds "
            f"{unknown[:3] or 'nothing'} besides. Is it a checkpoint of this architecture?"
        )
    for name, value in complete.items():
        if value.shape != expected[name].shape:
            raise InputError(
                f"{where}: {name!r} has shape {tuple(value.shape)}, the model needs "
                f"{tuple(expected[name].shape)}."
            )
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise InputError(f"{where}: {name!r} holds NaN or infinite weights; it diverged.")
    module.load_state_dict({name: complete[name] for name in needed})
    with torch.no_grad():
        for name in complete.keys() - needed:
            expected[name].copy_(complete[name])
    return module.eval()


def _named_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Return every parameter and buffer by each of its names."""
    named = (module.named_parameters, module.named_buffers)
    return {name: value for each in named for name, value in each(remove_duplicate=False)}


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, UnpicklingError, safetensors.SafetensorError) as error:
        raise InputError(
            f"{path} must be a readable state dict, as safetensors or as torch.save writes one "
            f"(read with weights_only=True): {error}"
        ) from error
    if not isinstance(found, Mapping):
        raise InputError(f"{path} must hold a state dict, found a {type(found).__name__}.")
    return dict(found)
