"""A and B: whatever there is one of for each of the two algorithms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Pair"]

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Pair(Generic[T]):
    """The same thing of A and of B.

    Parameters
    ----------
    a, b : object

    Examples
    --------
    >>> Pair("plain", "shifted").map(len)
    Pair(a=5, b=7)
    >>> dict(Pair(1, 2).items())
    {'A': 1, 'B': 2}
    >>> a, b = Pair(1, 2)
    """

    a: T
    b: T

    def __iter__(self) -> Iterator[T]:
        """Yield A's and then B's."""
        return iter((self.a, self.b))

    def items(self) -> Iterator[tuple[str, T]]:
        """Yield ``("A", a)`` and ``("B", b)``."""
        return iter((("A", self.a), ("B", self.b)))

    def map(self, function: Callable[[T], U]) -> "Pair[U]":
        """Return what ``function`` makes of each."""
        return Pair(function(self.a), function(self.b))
