"""Checkpoints: the weights of one trained model, from files that can hold no code."""

from collections.abc import Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from traindiff.attribution.tensors import read_tensors
from traindiff.errors import InputError

__all__ = ["Checkpoint", "called", "listed", "loaded", "read_checkpoint"]

Checkpoint = str | Path | Mapping[str, Any] | nn.Module

NESTED = ("state_dict", "model_state_dict", "model")
COUNTS = "num_batches_tracked"  # files of old versions of batch normalisation lack it


def called(checkpoint: Checkpoint, index: int) -> str:
    """Return what people know a checkpoint by: its path, or its place among the others."""
    return str(checkpoint) if isinstance(checkpoint, str | Path) else f"checkpoint {index}"


def listed(checkpoints: Sequence[Checkpoint] | Checkpoint) -> list[Checkpoint]:
    """Return checkpoints one by one: of one its own list, of a pattern the files that fit it.

    Raises
    ------
    InputError
        When there is none.
    """
    if isinstance(checkpoints, str) and any(each in checkpoints for each in "*?["):
        found: list[Checkpoint] = [Path(path) for path in sorted(glob(checkpoints))]
        if not found:
            raise InputError(f"no file fits the pattern {checkpoints!r}.")
        return found
    if isinstance(checkpoints, str | Path | Mapping | nn.Module):
        return [checkpoints]
    if len(checkpoints) == 0:
        raise InputError("checkpoints is empty: give at least one state dict.")
    return list(checkpoints)


def read_checkpoint(checkpoint: Checkpoint, where: str) -> dict[str, Tensor]:
    """Return a state dict: tensors by parameter and buffer name, on the CPU.

    Parameters
    ----------
    checkpoint : path, mapping or nn.Module
        A safetensors file, a file that ``torch.load(..., weights_only=True)`` reads, a folder of
        Hugging Face's; the state dict itself (tensors or arrays); or a trained module. A state dict
        may lie under "state_dict", "model_state_dict" or "model", as training loops and Lightning
        save it beside an optimiser's.
    where : str
        For messages; see `called`.

    Raises
    ------
    InputError
        When the file can't be read, or holds something else than tensors by name.
    """
    state = _unwrapped(_given(checkpoint, where), where)
    for name, value in state.items():
        if not isinstance(value, Tensor | np.ndarray):
            raise InputError(
                f"{where} must map parameter names to tensors, but {name!r} is a "
                f"{type(value).__name__}: give the state dict alone, model.state_dict()."
            )
    if not state:
        raise InputError(f"{where} holds no tensors.")
    return {name: torch.as_tensor(value).detach().cpu() for name, value in state.items()}


def _given(checkpoint: Checkpoint, where: str) -> Any:
    if isinstance(checkpoint, nn.Module):
        return checkpoint.state_dict()
    if isinstance(checkpoint, Mapping):
        return checkpoint
    if not isinstance(checkpoint, str | Path):
        raise InputError(
            f"{where} must be a path, a state dict or a module, found a "
            f"{type(checkpoint).__name__}."
        )
    return read_tensors(
        checkpoint,
        "a readable state dict, as safetensors or as torch.save(model.state_dict(), path) writes "
        "one (read with weights_only=True: whole modules and other objects are not)",
    )


def _unwrapped(found: Any, where: str) -> dict[str, Any]:
    if not isinstance(found, Mapping):
        raise InputError(f"{where} must hold a state dict, found a {type(found).__name__}.")
    held = [found[name] for name in NESTED if isinstance(found.get(name), Mapping)]
    return dict(held[0] if held else found)


def loaded(module: nn.Module, state: Mapping[str, Tensor], where: str) -> nn.Module:
    """Put a state dict into ``module``; return it in evaluation mode.

    A prefix that all names share, and that the module's lack, is taken off: "module." of
    DataParallel, "_orig_mod." of torch.compile, a wrapper's own. Tied weights may be there under
    one of their names; buffers that ``state_dict()`` leaves out may be there or not; so may the
    counts of batches, on which no output depends.

    Raises
    ------
    InputError
        When names or shapes differ from the module's, or a weight is not finite.
    """
    expected, needed = _named_tensors(module), set(module.state_dict())
    state = _stripped(state, expected)
    given = {id(expected[name]): value for name, value in state.items() if name in expected}
    complete = {name: given[id(own)] for name, own in expected.items() if id(own) in given}
    uncounted = {name for name in needed - complete.keys() if name.endswith(COUNTS)}
    needed = needed - uncounted
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
        if _kind(value) != _kind(expected[name]):
            raise InputError(
                f"{where}: {name!r} is of {value.dtype}, the model's of {expected[name].dtype}: "
                "give weights that are not quantised, in real floating-point numbers."
            )
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise InputError(f"{where}: {name!r} holds NaN or infinite weights; it diverged.")
    module.load_state_dict({name: complete[name] for name in needed}, strict=not uncounted)
    with torch.no_grad():
        for name in complete.keys() - needed:
            expected[name].copy_(complete[name])
    return module.eval()


def _named_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Return every parameter and buffer by each of its names."""
    named = (module.named_parameters, module.named_buffers)
    return {name: value for each in named for name, value in each(remove_duplicate=False)}


def _stripped(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Take off what stands before every name, as long as no name is one of the module's."""
    while state and not state.keys() & expected.keys():
        firsts = {name.partition(".")[0] for name in state}
        if len(firsts) != 1 or not all("." in name for name in state):
            break
        state = {name.partition(".")[2]: value for name, value in state.items()}
    return state


def _kind(value: Tensor) -> str:
    if value.is_complex():
        return "complex"
    return "real" if value.is_floating_point() else "whole"
