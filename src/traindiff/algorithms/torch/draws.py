"""Numbers that layers draw while they train: each model's from its own stream."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from traindiff import seeding
from traindiff.algorithms.torch.layout import plain_attention

__all__ = ["Draws", "UnknownDrawError"]


class UnknownDrawError(RuntimeError):
    """An operation draws in a way of which `Draws` knows nothing."""


class Draws(TorchDispatchMode):
    """Within it, what torch draws comes from the stream "module" of each model.

    Dropout, attention's dropout, noise and stochastic depth all end in a few operations; `vmap`
    hands those over with an axis of models in front. So a model draws the same numbers by itself
    and among others, which torch's own generator can't promise.

    Parameters
    ----------
    seeds : sequence of int
        Each model's; one where models are not stacked.
    stacked : bool
        Whether the first axis of all that is drawn is models.
    """

    def __init__(self, seeds: Sequence[int], *, stacked: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        assert stacked or len(seeds) == 1
        self.stacked = stacked
        self.used = False
        self._streams = [seeding.stream(seed, "module") for seed in seeds]

    def __enter__(self) -> Self:
        # A fused attention draws by itself, within one operation.
        self._attention = plain_attention()
        self._attention.__enter__()
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)  # type: ignore[no-untyped-call]
        self._attention.__exit__(*raised)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Answer an operation that draws; leave all others to torch."""
        if torch.Tag.nondeterministic_seeded not in func.tags:
            return func(*args, **(kwargs or {}))
        if func not in _DRAWN:
            raise UnknownDrawError(f"aten::{func.name().partition('::')[2]} draws random numbers")
        self.used = True
        return _DRAWN[func](self, *args, **(kwargs or {}))

    def uniform(self, like: Tensor) -> Tensor:
        """Return numbers in [0, 1), of the shape and kind of ``like``."""
        drawn = np.empty(self._shape(like), dtype=np.float32)
        for row, stream in zip(drawn, self._streams, strict=True):
            stream.random(dtype=np.float32, out=row)
        return torch.from_numpy(drawn).reshape(like.shape).to(like)

    def chosen(self, like: Tensor, p: float) -> Tensor:
        """Return 1 where an element of ``like`` is chosen, with probability ``p``, else 0; uint8.

        To the nearest of 65,536 shares: 16 bits an element take a third of the time of a float32.
        """
        models, *shape = self._shape(like)
        size = math.prod(shape)
        words = np.empty((models, -(-size // 4)), dtype=np.uint64)
        for row, stream in zip(words, self._streams, strict=True):
            row[:] = stream.bit_generator.random_raw(len(row))
        least = round((1.0 - p) * 2**16)  # at least so many of 65,536; none reaches the last
        bits = words.view(np.uint16)[:, :size]
        found = bits >= least if least < 2**16 else np.zeros(bits.shape, dtype=bool)
        # As uint8: torch turns that into floats eight times as fast as bool.
        return torch.from_numpy(found.view(np.uint8)).reshape(like.shape).to(like.device)

    def _shape(self, like: Tensor) -> tuple[int, ...]:
        shape = tuple(like.shape) if self.stacked else (1, *like.shape)
        assert shape[0] == len(self._streams), "the first axis is not the models'"
        return shape


def _bernoulli(draws: Draws, like: Tensor, p: float | Tensor = 0.5, **named: Any) -> Tensor:
    if isinstance(p, Tensor):
        return (draws.uniform(like) < p).to(like.dtype)
    return draws.chosen(like, p).to(like.dtype)


def _bernoulli_by_tensor(draws: Draws, p: Tensor, **named: Any) -> Tensor:
    return _bernoulli(draws, p, p)


def _bernoulli_in_place(draws: Draws, own: Tensor, p: Any = 0.5, **named: Any) -> Tensor:
    return own.copy_(_bernoulli(draws, own, p))


def _dropout(draws: Draws, given: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    if not train:
        return given.clone(), torch.ones_like(given, dtype=torch.bool)
    kept = draws.chosen(given, 1.0 - p).bool()
    return given * kept / max(1.0 - p, torch.finfo(given.dtype).tiny), kept


def _uniform_in_place(
    draws: Draws, own: Tensor, low: float = 0.0, high: float = 1.0, **named: Any
) -> Tensor:
    return own.copy_(low + (high - low) * draws.uniform(own))


def _normal(draws: Draws, like: Tensor) -> Tensor:
    # The middle of each of the 2^24 steps of a float32 in [0, 1): never infinite.
    normal: Tensor = torch.special.ndtri(draws.uniform(like).double() + 2.0**-25)
    return normal.to(like)


def _normal_in_place(
    draws: Draws, own: Tensor, mean: float = 0.0, std: float = 1.0, **named: Any
) -> Tensor:
    return own.copy_(mean + std * _normal(draws, own))


def _fresh(fill: Callable[[Draws, Tensor], Tensor]) -> Callable[..., Tensor]:
    def made(draws: Draws, size: Sequence[int], **named: Any) -> Tensor:
        return fill(draws, torch.empty(size, **named))

    return made


def _alike(fill: Callable[[Draws, Tensor], Tensor]) -> Callable[..., Tensor]:
    def made(draws: Draws, like: Tensor, **named: Any) -> Tensor:
        return fill(draws, torch.empty_like(like, **named))

    return made


_ATEN = torch.ops.aten
_DRAWN: dict[Any, Callable[..., Any]] = {
    _ATEN.bernoulli.p: _bernoulli,
    _ATEN.bernoulli.default: _bernoulli_by_tensor,
    _ATEN.bernoulli_.float: _bernoulli_in_place,
    _ATEN.bernoulli_.Tensor: _bernoulli_in_place,
    _ATEN.native_dropout.default: _dropout,
    _ATEN.uniform_.default: _uniform_in_place,
    _ATEN.normal_.default: _normal_in_place,
    _ATEN.rand.default: _fresh(Draws.uniform),
    _ATEN.randn.default: _fresh(_normal),
    _ATEN.rand_like.default: _alike(Draws.uniform),
    _ATEN.randn_like.default: _alike(_normal),
}
