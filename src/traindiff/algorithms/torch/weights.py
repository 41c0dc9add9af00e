"""Initial weights from a safetensors file."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import safetensors
from safetensors.torch import load_file
from torch import Tensor, nn

from traindiff.errors import InputError

__all__ = ["check_weights", "load_weights", "weights_hash"]


def load_weights(path: str | Path | None) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, or none.

    Raises
    ------
    InputError
        When the file is missing or not a safetensors file.
    """
    if path is None:
        return {}
    try:
        return load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise InputError(
            f"initial_weights {str(path)!r} must be a readable safetensors file: {error}"
        ) from error


def weights_hash(path: str | Path | None) -> str | None:
    """Return the hash of the file's content, which may move; None where there is no file.

    Raises
    ------
    InputError
        When the file can't be read.
    """
    if path is None:
        return None
    try:
        return hashlib.blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()
    except OSError as error:
        raise InputError(f"initial_weights {str(path)!r} can't be read: {error}") from error


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
