"""What a notebook shows of a result, and who draws it.

Results lie below the report, so they cannot import what draws them: `traindiff.display` registers
painters here, and a result asks for its own when it is to be shown.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from traindiff.errors import InputError

__all__ = ["Card", "Drawing", "Painters"]

P = TypeVar("P")


@dataclass(frozen=True, kw_only=True, repr=False)
class Drawing:
    """A chart that a notebook displays by itself: one picture, no script and no network.

    Parameters
    ----------
    title : str
        What it shows, in words.
    svg : str
        Follows the notebook's theme; elsewhere it has the colours of paper.
    spec : dict
        The Vega-Lite specification with its numbers: ``altair.LayerChart.from_dict(spec)``.
    """

    title: str
    svg: str
    spec: dict[str, Any] = field(compare=False)

    def save(self, path: str | Path) -> None:
        """Write the picture as an SVG file."""
        Path(path).write_text(self.svg, "utf-8")

    def __repr__(self) -> str:
        return f"<Drawing: {self.title}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        # Notebooks show an SVG output as an image, which cannot see their theme; inline it can.
        return self.svg


@dataclass(frozen=True, kw_only=True, repr=False)
class Card:
    """One direction, as the report shows it; a notebook displays it by itself."""

    title: str
    html: str

    def __repr__(self) -> str:
        return f"<Card: {self.title}>"

    def _repr_html_(self) -> str:
        return self.html


class Painters(Generic[P]):
    """Room for the one painter of a kind of result."""

    def __init__(self) -> None:
        self._registered: list[P] = []

    def register(self, painter: P) -> None:
        """Let ``painter`` draw, and no other."""
        self._registered[:] = [painter]

    def painter(self) -> P:
        """Return who draws.

        Raises
        ------
        InputError
            When nobody is registered.
        """
        if not self._registered:
            raise InputError(
                "nothing is there to draw this: `import traindiff.display`, or take `compare` and "
                "`verify` from `traindiff` itself, which brings it along."
            )
        return self._registered[0]
