"""Progress on a terminal: a bar with rate and time left; elsewhere a line now and then."""

import time
from collections.abc import Callable, Iterator
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
from traindiff.visible import visible

__all__ = ["Meter"]

WINDOW = 24 * 3600.0  # seconds: models may come by the hour, and the rate must still be known
EVERY = 60.0  # seconds between two lines where there is no bar


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(_rate(task.speed) if task.speed else "", style="progress.data.speed")


class Meter:
    """Draws the stages of long work on a console.

    Parameters
    ----------
    console : rich.console.Console
        Of standard error, so that results can be piped.
    clock : callable, optional
        Returns the seconds since some moment.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.console = console
        self.clock = clock

    @contextmanager
    def stage(self, title: str, total: int, *, done: int = 0) -> Iterator[Advance]:
        """Open a stage of ``total`` units, ``done`` of which were finished by an earlier run."""
        title = visible(title)
        draw = self._bar if self.console.is_terminal else self._lines
        with draw(title, total, done) as advance:
            yield advance

    @contextmanager
    def _bar(self, title: str, total: int, done: int) -> Iterator[Advance]:
        columns = (
            TextColumn("{task.description:<24}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        with Progress(
            *columns,
            console=self.console,
            speed_estimate_period=WINDOW,
            get_time=self.clock,
        ) as progress:
            task = progress.add_task(title, total=total, completed=done)

            def advance(amount: int = 1) -> None:
                progress.advance(task, amount)

            yield advance

    @contextmanager
    def _lines(self, title: str, total: int, done: int) -> Iterator[Advance]:
        earlier = f" ({done:,} done earlier)" if done else ""
        self.console.print(f"{title}: {total:,}{earlier} ...", highlight=False, markup=False)
        start = said = self.clock()
        came = 0

        def advance(amount: int = 1) -> None:
            nonlocal came, said
            came, now = came + amount, self.clock()
            left = total - done - came
            if left > 0 and now - said >= EVERY:
                said, rate = now, came / (now - start)
                self.console.print(
                    f"{title}: {done + came:,} of {total:,}, {_rate(rate)}, "
                    f"about {_clock_time(left / rate)} left",
                    highlight=False,
                    markup=False,
                )

        yield advance
        self.console.print(f"{title}: {self.clock() - start:.1f} s", highlight=False, markup=False)


def _rate(per_second: float) -> str:
    """Return a rate in the unit in which it is not small.

    >>> _rate(12.34), _rate(0.2), _rate(0.004)
    ('12.3/s', '12.0/min', '14.4/h')
    """
    if per_second >= 1:
        return f"{per_second:,.1f}/s"
    return f"{60 * per_second:.1f}/min" if per_second >= 1 / 60 else f"{3600 * per_second:.1f}/h"


def _clock_time(seconds: float) -> str:
    """Return a length of time as hours:minutes:seconds.

    >>> _clock_time(3661.4)
    '1:01:01'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
