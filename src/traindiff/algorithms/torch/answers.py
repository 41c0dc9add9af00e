"""From what a module returns to a logit a class, or a value: as libraries and people write them."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from traindiff.errors import InputError

__all__ = ["answering", "logits_of"]


def answering(module: nn.Module, n_outputs: int, *, more: bool = False) -> nn.Module:
    """Return ``module``, which from now on answers with its logits alone (see `logits_of`).

    By a hook: a module around it would give every weight another name.
    """

    def read(own: nn.Module, given: Any, found: Any) -> Tensor:
        return logits_of(found, len(given[0]), n_outputs, more=more)

    if not isinstance(module, torch.jit.ScriptModule):  # which takes no hooks
        module.register_forward_hook(read)
    return module


def logits_of(found: Any, examples: int, n_outputs: int, *, more: bool = False) -> Tensor:
    """Return outputs [examples, n_outputs] of what a module returned.

    Of a mapping, such as a ModelOutput, "logits"; else of a tuple or mapping the one tensor that
    can be outputs. One logit z of two classes stands for (0, z), which gives the same
    probabilities; one value an example may lack its axis.

    Parameters
    ----------
    found : object
    examples, n_outputs : int
    more : bool
        Whether the labels may name fewer classes than there are outputs.

    Raises
    ------
    InputError
        When there is no such tensor, or more than one.
    """
    every = [each for each in _tensors(found) if each.shape[:1] == (examples,)]
    fitting = _fitting(every, n_outputs) or [each for each in every if more and each.ndim == 2]
    if len(fitting) == 1:
        return fitting[0]
    wanted = "[examples, classes]" if more else f"{n_outputs} outputs an example"
    kind = (
        f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else f"a {type(found).__name__}"
    )
    several = f" with {len(fitting)} such tensors" if fitting else ""
    raise InputError(
        f"the module must return {wanted}; found {kind}{several}: return the logits alone, "
        "such as by a module around it."
    )


def _fitting(every: Sequence[Tensor], n_outputs: int) -> list[Tensor]:
    shaped = (_shaped(each, n_outputs) for each in every)
    return [each for each in shaped if each is not None]


def _tensors(found: Any) -> list[Tensor]:
    if isinstance(found, Mapping):
        found = [found["logits"]] if "logits" in found else list(found.values())
    every = found if isinstance(found, list | tuple) else [found]
    return [each for each in every if isinstance(each, Tensor) and each.is_floating_point()]


def _shaped(found: Tensor, n_outputs: int) -> Tensor | None:
    """Return a tensor as outputs [examples, n_outputs], or None where it can't be."""
    if found.ndim == 2 and found.shape[1] == n_outputs:
        return found
    if found.ndim not in (1, 2) or found.shape[1:] not in ((), (1,)) or n_outputs > 2:
        return None
    single = found.reshape(-1, 1)
    return single if n_outputs == 1 else torch.cat([torch.zeros_like(single), single], dim=1)
