"""Progress on a terminal: a bar with rate and time left; elsewhere a line a stage."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from traindiff.progress import Advance

__all__ = ["Meter"]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "", style="progress.data.speed")


class Meter:
    """Draws the stages of long work on a console.

    Parameters
    ----------
    console : rich.console.Console
        Of standard error, so that results can be piped.
    """

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def stage(self, title: str, total: int, *, done: int = 0) -> Iterator[Advance]:
        """Open a stage of ``total`` units, ``done`` of which were finished by an earlier run."""
        draw = self._bar if self.console.is_terminal else self._line
        with draw(title, total, done) as advance:
            yield advance

    @contextmanager
    def _bar(self, title: str, total: int, done: int) -> Iterator[Advance]:
        columns = (
            TextColumn("{task.description:<24}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(title, total=total, completed=done)

            def advance(amount: int = 1) -> None:
                progress.advance(task, amount)

            yield advance

    @contextmanager
    def _line(self, title: str, total: int, done: int) -> Iterator[Advance]:
        earlier = f" ({done:,} done earlier)" if done else ""
        self.console.print(f"{title}: {total:,}{earlier} ...", highlight=False)
        start = time.monotonic()

        def advance(amount: int = 1) -> None:
            pass

        yield advance
        self.console.print(f"{title}: {time.monotonic() - start:.1f} s", highlight=False)
