"""Long short-term memory of many models at once, which torch can't vectorise."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional
from torch.overrides import TorchFunctionMode

__all__ = ["Recurrences", "recurs", "widest"]

_LSTM = torch._VF.lstm


class Recurrences(TorchFunctionMode):
    """Within it, `nn.LSTM` runs by products of matrices, which `vmap` makes one for all models.

    torch hands a whole recurrence to one operation of which `vmap` knows nothing. What is packed,
    or projected, is left to torch, which then refuses.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Answer a recurrence; leave all else to torch."""
        if func is _LSTM and not kwargs and isinstance(args[1], tuple | list):
            hidden, cells = args[1]
            if hidden.shape == cells.shape:  # else the hidden state is a projection
                return _layers(*args)
        return func(*args, **(kwargs or {}))


def recurs(module: nn.Module) -> bool:
    """Tell whether `Recurrences` has something to do in a module."""
    return any(isinstance(part, nn.LSTM) for part in module.modules())


def widest(module: nn.Module) -> int:
    """Return the size of the largest hidden state within a module; 0 where there is none."""
    sizes = [part.hidden_size for part in module.modules() if isinstance(part, nn.LSTM)]
    return max(sizes, default=0)


def _layers(
    inputs: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Tensor],
    biased: bool,
    layers: int,
    dropout: float,
    training: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return outputs and last states, as `torch.lstm` does."""
    given = inputs.transpose(0, 1) if batch_first else inputs
    sides, each = 2 if bidirectional else 1, 4 if biased else 2
    hidden, cells = [], []
    for layer in range(layers):
        found = []
        for side in range(sides):
            place = sides * layer + side
            own = weights[each * place : each * (place + 1)]
            told, last = _direction(given, states[0][place], states[1][place], own, back=side == 1)
            found.append(told)
            hidden.append(told[0 if side else -1])
            cells.append(last)
        given = torch.cat(found, dim=-1) if bidirectional else found[0]
        if dropout and layer < layers - 1:
            given = functional.dropout(given, dropout, training)
    outputs = given.transpose(0, 1) if batch_first else given
    return outputs, torch.stack(hidden), torch.stack(cells)


def _direction(
    given: Tensor, hidden: Tensor, cells: Tensor, weights: Sequence[Tensor], *, back: bool
) -> tuple[Tensor, Tensor]:
    """Return outputs [steps, examples, hidden] and the last cells of one layer one way."""
    seen, held, *biases = weights
    bias = biases[0] + biases[1] if biases else held.new_zeros(len(held))
    turned = given.flip(0) if back else given
    told, last, *_ = _Lstm.apply(turned, hidden, cells, seen, held, bias)  # type: ignore[no-untyped-call]
    return (told.flip(0) if back else told), last


class _Lstm(Function):
    """One layer over all steps, of one model or, within `vmap`, of all.

    States lie as [models, hidden, examples]: each gate of a model is then one run of memory, and
    each step one product of matrices for all four.
    """

    @staticmethod
    def forward(
        given: Tensor, hidden: Tensor, cells: Tensor, seen: Tensor, held: Tensor, bias: Tensor
    ) -> tuple[Tensor, ...]:
        """Return outputs, last cells and what the way back needs; a models axis may lead all."""
        if seen.ndim == 2:
            found = _forward(*(each[None] for each in (given, hidden, cells, seen, held, bias)))
            return tuple(each[0] for each in found)
        return _forward(given, hidden, cells, seen, held, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, ...]) -> None:
        """Keep for the way back what the way there made."""
        given, hidden, _, seen, held, _ = inputs
        told, _, *kept = output
        ctx.mark_non_differentiable(*kept)
        ctx.set_materialize_grads(False)  # zeros for all that is kept would cost a tenth
        ctx.save_for_backward(given, hidden, seen, held, told, *kept)

    @staticmethod
    def backward(ctx: Any, told: Tensor | None, last: Tensor | None, *_: Any) -> Any:
        """Return the gradients of what `forward` was given."""
        saved = ctx.saved_tensors
        outputs = saved[4]
        told = torch.zeros_like(outputs) if told is None else told
        last = torch.zeros_like(outputs[..., 0, :, :]) if last is None else last
        needed = ctx.needs_input_grad[0]
        if saved[2].ndim == 2:
            stacked = (each[None] for each in saved)
            found = _backward(told[None], last[None], *stacked, needed=needed)
            return tuple(each if each is None else each[0] for each in found)
        return _backward(told, last, *saved, needed=needed)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *given: Tensor) -> Any:
        """Put the models' axis in front of all that is given."""
        stacked = [
            each.expand(info.batch_size, *each.shape) if dim is None else each.movedim(dim, 0)
            for each, dim in zip(given, in_dims, strict=True)
        ]
        found = _Lstm.apply(*stacked)  # type: ignore[no-untyped-call]
        return found, (0,) * len(found)


def _forward(
    given: Tensor, hidden: Tensor, cells: Tensor, seen: Tensor, held: Tensor, bias: Tensor
) -> tuple[Tensor, ...]:
    """Return outputs [models, steps, examples, hidden], last cells; gates, cells and their tanh."""
    models, steps, examples, _ = given.shape
    size = held.shape[-1]
    told = given.new_empty(models, steps, examples, size)
    gates = given.new_empty(models, steps, 4 * size, examples)
    kept = given.new_empty(models, steps + 1, size, examples)
    bent = given.new_empty(models, steps, size, examples)
    state, kept[:, 0] = hidden.transpose(1, 2), cells.transpose(1, 2)
    for step in range(steps):
        sums = gates[:, step]
        torch.baddbmm(bias[..., None], seen, given[:, step].transpose(1, 2), out=sums)
        sums.baddbmm_(held, state)
        sums[:, : 2 * size].sigmoid_()
        sums[:, 2 * size : 3 * size].tanh_()
        sums[:, 3 * size :].sigmoid_()
        taken, left, new, shown = sums.chunk(4, dim=1)
        torch.mul(left, kept[:, step], out=kept[:, step + 1]).addcmul_(taken, new)
        torch.tanh(kept[:, step + 1], out=bent[:, step])
        state = shown * bent[:, step]
        told[:, step] = state.transpose(1, 2)
    return told, kept[:, -1].transpose(1, 2).clone(), gates, kept, bent


def _backward(
    d_told: Tensor,
    d_last: Tensor,
    given: Tensor,
    hidden: Tensor,
    seen: Tensor,
    held: Tensor,
    told: Tensor,
    gates: Tensor,
    kept: Tensor,
    bent: Tensor,
    *,
    needed: bool,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of `_forward`'s arguments.

    Those of the weights are summed up step by step, while a step's are still in the cache.
    """
    steps = told.shape[1]
    d_given = torch.empty_like(given) if needed else None
    d_seen, d_held = torch.zeros_like(seen), torch.zeros_like(held)
    d_state, d_cells = torch.zeros_like(bent[:, 0]), d_last.transpose(1, 2).clone()
    d_sums, back = torch.empty_like(gates[:, 0]), held.transpose(1, 2)
    d_bias = torch.zeros_like(d_sums[..., 0])
    for step in reversed(range(steps)):
        d_state += d_told[:, step].transpose(1, 2)
        _step_back(d_sums, d_state, d_cells, gates[:, step], kept[:, step], bent[:, step])
        before = told[:, step - 1] if step else hidden
        d_held.baddbmm_(d_sums, before)
        d_seen.baddbmm_(d_sums, given[:, step])
        d_bias += d_sums.sum(dim=2)
        if d_given is not None:
            torch.bmm(d_sums.transpose(1, 2), seen, out=d_given[:, step])
        torch.bmm(back, d_sums, out=d_state)
    return d_given, d_state.transpose(1, 2), d_cells.transpose(1, 2), d_seen, d_held, d_bias


def _step_back(
    d_sums: Tensor, d_state: Tensor, d_cells: Tensor, gates: Tensor, kept: Tensor, bent: Tensor
) -> None:
    """Write the gradients of a step's sums, and move that of the cells to the step before."""
    size = kept.shape[1]
    taken, left, new, shown = gates.chunk(4, dim=1)
    d_taken, d_left, d_new, d_shown = d_sums.chunk(4, dim=1)
    d_cells += _ATEN.tanh_backward(d_state * shown, bent)
    torch.mul(d_cells, new, out=d_taken)
    torch.mul(d_cells, kept, out=d_left)
    torch.mul(d_cells, taken, out=d_new)
    torch.mul(d_state, bent, out=d_shown)
    _through(_ATEN.sigmoid_backward, d_sums[:, : 2 * size], gates[:, : 2 * size])
    _through(_ATEN.tanh_backward, d_new, new)
    _through(_ATEN.sigmoid_backward, d_shown, shown)
    d_cells *= left


def _through(backward: Any, gradient: Tensor, value: Tensor) -> None:
    backward.grad_input(gradient, value, grad_input=gradient)


_ATEN = torch.ops.aten
