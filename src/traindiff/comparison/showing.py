"""Who draws a comparison in a notebook: a module above, which registers itself here.

A comparison is plain numbers and imports nothing that draws; what is shown of it is decided by the
report's code, which knows comparisons.
"""

from typing import Any, Protocol, TypeVar

from traindiff.errors import InputError

__all__ = ["Painter", "Shown", "painter", "register"]

Thing = TypeVar("Thing", contravariant=True)


class Shown(Protocol):
    """What a notebook displays by itself."""

    def _repr_html_(self) -> str: ...


class Painter(Protocol[Thing]):
    """What can be drawn of a comparison."""

    def html(self, comparison: Thing) -> str:
        """Return the answer and the directions as HTML."""
        ...

    def card(self, comparison: Thing, direction: int, splits: Any) -> Shown:
        """Return the card of one direction."""
        ...

    def similarity(self, comparison: Thing) -> Any:
        """Draw how alike the two datamodels of each target are (METHOD §3.6)."""
        ...

    def explained(self, comparison: Thing) -> Any:
        """Draw the variance that each direction explains under A against B (METHOD §3.4)."""
        ...

    def strengths(self, comparison: Thing) -> Any:
        """Draw how strong each direction is against what noise alone reaches (METHOD §5.4)."""
        ...

    def scales(self, comparison: Thing) -> Any:
        """Draw the p-value at every scale of B against A that was tried (METHOD §5.1)."""
        ...


_registered: list[Painter[Any]] = []


def register(painter: Painter[Any]) -> None:
    """Let ``painter`` draw comparisons from now on."""
    _registered[:] = [painter]


def painter() -> Painter[Any]:
    """Return who draws comparisons.

    Raises
    ------
    InputError
        When no module that can has been imported.
    """
    if not _registered:
        raise InputError(
            "nothing that draws comparisons is imported yet: `import traindiff.display` first."
        )
    return _registered[0]
