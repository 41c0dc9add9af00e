"""How long work tells a person that it is alive: an object the caller chooses.

The library itself never prints. The command line passes a `Progress` that draws bars.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["Advance", "Progress", "Silent"]


class Advance(Protocol):
    """Report that ``amount`` more units of the current stage are done."""

    def __call__(self, amount: int = 1) -> None: ...


class Progress(Protocol):
    """A meter for long work."""

    def stage(self, title: str, total: int, *, done: int = 0) -> AbstractContextManager[Advance]:
        """Open a stage of ``total`` units, ``done`` of which were finished by an earlier run."""
        ...


class Silent:
    """A meter that shows nothing."""

    @contextmanager
    def stage(self, title: str, total: int, *, done: int = 0) -> Iterator[Advance]:
        """Open a stage that nobody watches."""

        def advance(amount: int = 1) -> None:
            pass

        yield advance
