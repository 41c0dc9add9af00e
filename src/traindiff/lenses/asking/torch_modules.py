"""Asking PyTorch modules, which are left as they were found."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from traindiff.lenses.asking.featured import chosen_layers
from traindiff.lenses.asking.respondents import Respondent, asked
from traindiff.lenses.asking.scores import said, scored
from traindiff.lenses.base import Answers, Features

__all__ = ["register"]

AT_ONCE = 256


def register(respondent: Any) -> None:
    """Teach the dispatcher ``respondent`` about modules."""
    respondent.register(nn.Module, _respondent)


def _respondent(module: nn.Module) -> Respondent:
    return Respondent(
        respond=lambda inputs: _answers(module, asked(inputs)),
        features=lambda inputs, layers: _features(module, asked(inputs), layers),
    )


def _answers(module: nn.Module, inputs: np.ndarray) -> Answers:
    with _evaluating(module), torch.inference_mode():
        parts = [module(block).float().cpu().numpy() for block in _blocks(module, inputs)]
    outputs = np.concatenate(parts)[None]
    return said(outputs) if outputs.ndim == 2 else scored(outputs)


def _blocks(module: nn.Module, inputs: np.ndarray) -> Iterator[torch.Tensor]:
    for first in range(0, len(inputs), AT_ONCE):
        yield _tensor(module, inputs[first : first + AT_ONCE])


def _features(module: nn.Module, inputs: np.ndarray, layers: tuple[str, ...] | None) -> Features:
    """Return what layers say: those named, or every one that has no layers of its own."""
    parts = {name or "output": part for name, part in module.named_modules()}
    if layers is None:
        parts = {name: part for name, part in parts.items() if not list(part.children())}
    chosen = {name: parts[name] for name in chosen_layers(layers, parts)}
    told: dict[str, list[np.ndarray]] = {name: [] for name in chosen}
    with _evaluating(module), torch.inference_mode(), _listening(chosen) as heard:
        for block in _blocks(module, inputs):
            heard.clear()
            module(block)
            for name, values in heard.items():
                told[name].append(values)
    return {name: (np.concatenate(each),) for name, each in told.items() if each}


@contextmanager
def _listening(parts: Mapping[str, nn.Module]) -> Iterator[dict[str, np.ndarray]]:
    """Hear what parts say, and leave no hook behind; of one called twice, the last."""
    heard: dict[str, np.ndarray] = {}

    def hear(name: str, said: object) -> None:
        if isinstance(said, torch.Tensor):  # what else a part may return is no representation
            heard[name] = said.detach().flatten(1).float().cpu().numpy()

    with ExitStack() as hooks:
        for name, part in parts.items():
            handle = part.register_forward_hook(lambda _, __, said, name=name: hear(name, said))
            hooks.callback(handle.remove)
        yield heard


def _tensor(module: nn.Module, inputs: np.ndarray) -> torch.Tensor:
    """Return inputs of the module's type on its device; whole numbers (tokens) stay whole."""
    tensor, weight = torch.from_numpy(np.ascontiguousarray(inputs)), next(module.parameters(), None)
    if weight is None:
        return tensor
    return tensor.to(weight.device, weight.dtype if tensor.is_floating_point() else None)


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """Keep every part's own mode: some are frozen in evaluation mode while others train."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training
