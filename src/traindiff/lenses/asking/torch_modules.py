"""Asking PyTorch modules, which are left as they were found."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from traindiff.lenses.asking.respondents import Respondent, asked
from traindiff.lenses.asking.scores import said, scored
from traindiff.lenses.base import Answers

__all__ = ["register"]

AT_ONCE = 256


def register(respondent: Any) -> None:
    """Teach the dispatcher ``respondent`` about modules."""
    respondent.register(nn.Module, _respondent)


def _respondent(module: nn.Module) -> Respondent:
    return Respondent(respond=lambda inputs: _answers(module, asked(inputs)))


def _answers(module: nn.Module, inputs: np.ndarray) -> Answers:
    with _evaluating(module), torch.inference_mode():
        parts = [
            module(_tensor(module, inputs[first : first + AT_ONCE])).float().cpu().numpy()
            for first in range(0, len(inputs), AT_ONCE)
        ]
    outputs = np.concatenate(parts)[None]
    return said(outputs) if outputs.ndim == 2 else scored(outputs)


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
