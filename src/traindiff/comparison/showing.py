"""Who draws a comparison (`traindiff.display`, which registers itself)."""

from typing import Any, Protocol

from traindiff.datasets import Splits
from traindiff.showing import Card, Drawing, Painters

__all__ = ["Painter", "painter", "register"]


class Painter(Protocol):
    """Draws comparisons."""

    def html(self, comparison: Any) -> str: ...
    def card(self, comparison: Any, direction: int, splits: Splits | None) -> Card: ...
    def similarity(self, comparison: Any) -> Drawing: ...
    def explained(self, comparison: Any) -> Drawing: ...
    def strengths(self, comparison: Any) -> Drawing: ...
    def scales(self, comparison: Any) -> Drawing: ...


_painters: Painters[Painter] = Painters()
register = _painters.register
painter = _painters.painter
