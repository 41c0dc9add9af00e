"""Whether models trained together are the models that each would be alone: tried, not assumed."""

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from traindiff.algorithms.randomness import global_state, seeded
from traindiff.algorithms.torch.draws import Draws, UnknownDrawError
from traindiff.algorithms.torch.layout import plain_attention
from traindiff.algorithms.torch.models import Apart, Models
from traindiff.algorithms.torch.stack import Stack

__all__ = ["Together", "try_together"]

SEEDS = (1, 2)
EXAMPLES = 8  # of each model

REASONS = (
    # What torch's message holds -> why, in words that don't ask for a bug report.
    (r"data-dependent", "its course depends on values that it computes (data-dependent control)"),
    (r"dynamic shape|nonzero", "the shapes in it depend on values that it computes"),
    (r"\.item\(\)", "it takes single values out of tensors (.item())"),
    (r"data pointer|storage", "it hands tensors to code outside torch, such as NumPy"),
    (r"Jitted", "it is compiled by torch.jit"),
    (r"(aten::\w+) draws", r"it draws random numbers in a way that can't be handed to it (\1)"),
    (r"random", "it draws random numbers where they can't be handed to it, such as in answers"),
    (r"(aten::\w+)", r"torch can't compute one of its operations for several models (\1)"),
)


@dataclass(frozen=True, kw_only=True)
class Together:
    """What was found out about an architecture.

    Parameters
    ----------
    reason : str or None
        Why models can't be trained together; None where they are the same as alone.
    draws : bool
        Whether layers draw while they train, by operations that `Draws` serves.
    keeps : bool
        Whether a call leaves something in plain Python attributes, so that parameters and buffers
        are not all of a model's state.
    """

    reason: str | None = None
    draws: bool = False
    keeps: bool = False


def try_together(build: Callable[[int], nn.Module], inputs: Tensor) -> Together:
    """Hold two models trained together for a step against the same two alone.

    Their own weights and examples, in training: outputs, gradients, buffers; then their answers
    to the same examples. `vmap` raises on what it does not know, but what it does may still be
    wrong (the gradient of a padding row), and what a module keeps outside of tensors it shares.

    Parameters
    ----------
    build : callable
        From a seed to its module, on the device of ``inputs``.
    inputs : tensor, shape [examples, ...]
        A few examples, spread over the models.
    """
    given = _own_examples(inputs)
    drawing = Draws(SEEDS[:1], stacked=False)
    module = build(SEEDS[0]).train()
    kept, state = _attributes(module), global_state()
    try:
        with drawing:
            module(given[0].clone())
    except UnknownDrawError as error:
        return Together(reason=_words(error))
    if _attributes(module) != kept:
        named = "it keeps what changes in plain attributes, not in buffers"
        return Together(reason=f"{named} ({', '.join(_changed(module, kept))})", keeps=True)
    if global_state() != state:
        return Together(reason="it draws from Python's or NumPy's random numbers, not torch's")
    return Together(reason=_difference(build, given, draws=drawing.used), draws=drawing.used)


def _own_examples(inputs: Tensor) -> Tensor:
    """Return examples [models, examples, ...]; the same for all where there are too few."""
    places = torch.linspace(0, len(inputs) - 1, len(SEEDS) * EXAMPLES).long()
    chosen = inputs[places.to(inputs.device)]
    return chosen.view(EXAMPLES, len(SEEDS), *inputs.shape[1:]).transpose(0, 1)


def _difference(build: Callable[[int], nn.Module], inputs: Tensor, *, draws: bool) -> str | None:
    """Compare in float64, where rounding can't hide a fault; in float32 where a module needs it."""
    for precise in (True, False):
        try:
            with _default(torch.float64 if precise else torch.float32):
                modules = [_at(build(seed), precise=precise) for seed in SEEDS]
                given = inputs.double() if precise else inputs
                stack = Stack.of(modules, inputs.device, drawing=draws)
                alone = _alone(modules, given, draws=draws)
        except Exception:  # whatever a person's module raises
            if not precise:
                raise
            continue
        try:
            with _default(given.dtype):
                mode = Draws(SEEDS, stacked=True) if draws else nullcontext()
                found = _measured(stack, given, mode)
        except Exception as error:  # noqa: BLE001 - torch's words for it are of many classes
            return _words(error)
        return _compared(alone, found, own=1e-4 if precise else 0.1)
    return None


def _alone(modules: Sequence[nn.Module], inputs: Tensor, *, draws: bool) -> dict[str, Tensor]:
    each = [
        _measured(
            Apart(modules=[module]),
            own[None],
            Draws([seed], stacked=False) if draws else nullcontext(),
            asked=inputs[0],
        )
        for module, own, seed in zip(modules, inputs, SEEDS, strict=True)
    ]
    return {name: torch.cat([found[name] for found in each]) for name in each[0]}


def _measured(
    models: Models,
    inputs: Tensor,
    drawing: AbstractContextManager[Any],
    asked: Tensor | None = None,
) -> dict[str, Tensor]:
    """Return what one step and one question show of models: outputs, gradients, state, answers."""
    models.train(True)
    with drawing, plain_attention():
        outputs = models(inputs.clone())
    # Unequal weights: the sum of what a normalisation or a softmax gives has no gradient.
    weights = torch.linspace(-1.0, 1.3, outputs[0].numel()).to(outputs).view_as(outputs[0])
    if outputs.requires_grad:
        (outputs * weights).sum().backward()  # type: ignore[no-untyped-call]
    models.train(False)
    with torch.no_grad(), plain_attention():
        answers = models((inputs[0] if asked is None else asked).clone(), shared=True)
    gradients = {f"gradients of {name}": each for name, each in models.gradients().items()}
    state = {f"values of {name}": each for name, each in models.state().items()}
    return {"outputs": outputs.detach(), **gradients, **state, "answers": answers}


def _compared(alone: dict[str, Tensor], found: dict[str, Tensor], own: float) -> str | None:
    """Return what differs by more than a share ``own`` of itself, beyond all rounding."""
    sizes = {name: _largest(value) for name, value in alone.items()}
    steepest = max((size for name, size in sizes.items() if name.startswith("grad")), default=0.0)
    for name, value in alone.items():
        # A bias before a normalisation has rounding for a gradient: no share of itself.
        room = max(own * sizes[name], own * 1e-4 * steepest * name.startswith("grad"))
        other = found[name]
        if other.shape != value.shape or not torch.allclose(
            other.double(), value.double(), rtol=0.0, atol=room, equal_nan=True
        ):
            return f"together, its {name} would not be those of each model alone"
    return None


def _largest(value: Tensor) -> float:
    finite = value.double().nan_to_num(0.0, 0.0, 0.0).abs()
    return float(finite.max()) if finite.numel() else 0.0


def _words(error: Exception) -> str:
    """Return why, in our words."""
    text = str(error)
    for pattern, words in REASONS:
        if found := re.search(pattern, text):
            return found.expand(words)
    return f"torch can't vectorise it ({type(error).__name__})"


def _attributes(module: nn.Module) -> dict[str, object]:
    """Return what every submodule holds besides parameters, buffers and submodules, by name."""
    return {
        f"{path}.{name}".lstrip("."): _kept(value)
        for path, part in module.named_modules()
        for name, value in vars(part).items()
        if name not in _MODULE and not name.startswith("__")
    }


def _changed(module: nn.Module, kept: dict[str, object]) -> list[str]:
    now = _attributes(module)
    return sorted(name for name in kept.keys() | now.keys() if kept.get(name) != now.get(name))


def _kept(value: object) -> object:
    """Return what tells a value from what it becomes; a tensor with a history is derived."""
    if isinstance(value, Tensor):
        return "derived" if value.grad_fn is not None else (id(value), value._version)
    if isinstance(value, _PLAIN):
        return repr(value)
    return id(value)


_PLAIN = (bool, int, float, complex, str, type(None), list, tuple, dict, set)
_MODULE = frozenset(vars(nn.Module()))


def _at(module: nn.Module, *, precise: bool) -> nn.Module:
    return module.double() if precise else module


@contextmanager
def _default(dtype: torch.dtype) -> Iterator[None]:
    """Make new tensors of this kind, with seeds set and torch's advice on speed unsaid."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with seeded(0), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_default_dtype(before)
