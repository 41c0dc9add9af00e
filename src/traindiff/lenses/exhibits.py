"""What a lens shows: a closed set of plain data, which a report draws without knowing lenses.

Each tells its `kind`, in report.json too.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Cell",
    "Curve",
    "Edge",
    "Examples",
    "Exhibit",
    "Graph",
    "Line",
    "Matrix",
    "Rule",
    "Rules",
    "Table",
]

Cell = str | int | float | None
"""One cell of a table; None where it is not known."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under named columns; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: Literal["table"] = "table"

    def __post_init__(self) -> None:
        """Check that every row has a cell a column."""
        assert all(len(row) == len(self.columns) for row in self.rows), self.title


@dataclass(frozen=True, kw_only=True)
class Rule:
    """IF all conditions hold, A mostly says ``a`` and B ``b``.

    `precision` and `recall` are of "A and B differ", on inputs that did not make the rule.
    """

    conditions: tuple[str, ...]
    a: str
    b: str
    precision: float | None
    recall: float | None
    inputs: int


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Where A and B decide differently, in words."""

    title: str
    rules: tuple[Rule, ...]
    kind: Literal["rules"] = "rules"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a curve; `name` is "A", "B" or what else it is of.

    `low` and `high` are the ends of a band around it, or empty.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check that there is one y for each x, and one end of the band for each or none."""
        assert len(self.x) == len(self.y), self.name
        assert {len(self.low), len(self.high)} <= {0, len(self.x)}, self.name


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Lines over one pair of axes. With a `diagonal`, y = x is what a good model would show."""

    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    diagonal: bool = False
    kind: Literal["curve"] = "curve"


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A value for each row and column, each beside the ends of its null band where one is known."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    low: tuple[tuple[float, ...], ...] = ()
    high: tuple[tuple[float, ...], ...] = ()
    kind: Literal["matrix"] = "matrix"

    def __post_init__(self) -> None:
        """Check that values are [rows, columns]."""
        assert [len(row) for row in self.values] == [len(self.columns)] * len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Examples worth looking at, the most telling first: their indices, and cells for each."""

    title: str
    indices: tuple[int, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: Literal["examples"] = "examples"

    def __post_init__(self) -> None:
        """Check that every example has a cell a column."""
        assert [len(row) for row in self.rows] == [len(self.columns)] * len(self.indices)


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A link between two nodes; `side` is "A", "B" or "both"."""

    start: str
    end: str
    weight: float
    side: str


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Which nodes are linked, and on whose side."""

    title: str
    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    kind: Literal["graph"] = "graph"


Exhibit = Table | Rules | Curve | Matrix | Examples | Graph
