"""Tensors in files: safetensors and what torch.save wrote, as people and libraries leave them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from traindiff.errors import InputError
from traindiff.foreign import reading

__all__ = ["read_tensors"]

FOLDER = ("model.safetensors", "pytorch_model.bin")
INDEX = "model.safetensors.index.json"


def read_tensors(path: str | Path, expected: str) -> Any:
    """Return what a file holds, on the CPU; of a folder of Hugging Face's its weights.

    Parameters
    ----------
    path : path
        A safetensors file, a file that ``torch.load(..., weights_only=True)`` reads, or a folder
        with ``model.safetensors``, its shards and their index, or ``pytorch_model.bin``.
    expected : str
        What a message says it must be.

    Raises
    ------
    InputError
        When it can't be read.
    """
    path = Path(path)
    if path.is_dir():
        return _read_folder(path, expected)
    if path.suffix == ".safetensors":
        return reading(path, expected, lambda: dict(load_file(path)))
    return reading(path, expected, lambda: torch.load(path, map_location="cpu", weights_only=True))


def _read_folder(path: Path, expected: str) -> dict[str, Any]:
    for name in FOLDER:
        if (path / name).exists():
            return dict(read_tensors(path / name, expected))
    index = path / INDEX
    if not index.exists():
        raise InputError(
            f"{path} is a folder without {', '.join((*FOLDER, INDEX))}: give the file of weights."
        )
    places: Mapping[str, str] = reading(
        index, expected, lambda: json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    )
    shards = [read_tensors(path / shard, expected) for shard in sorted(set(places.values()))]
    return {name: value for shard in shards for name, value in shard.items()}
