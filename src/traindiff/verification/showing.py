"""Who draws a verdict (`traindiff.display`, which registers itself)."""

from typing import Any, Protocol

from traindiff.showing import Drawing, Painters

__all__ = ["Painter", "painter", "register"]


class Painter(Protocol):
    """Draws verdicts."""

    def html(self, verdict: Any) -> str: ...
    def effects(self, verdict: Any) -> Drawing: ...
    def doses(self, verdict: Any) -> Drawing: ...


_painters: Painters[Painter] = Painters()
register = _painters.register
painter = _painters.painter
