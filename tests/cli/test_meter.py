import io

import pytest
from rich.console import Console

from traindiff.cli.meter import Meter


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def watched(terminal, steps, seconds, total, done=0, amount=64):
    clock, written = Clock(), io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=120, color_system=None)
    with Meter(console, clock).stage("training outputs/a", total, done=done) as advance:
        for _ in range(steps):
            clock.now += seconds
            advance(amount)
    return written.getvalue()


@pytest.mark.parametrize(
    ("seconds", "rate", "left"),
    [(2.0, "32.0/s", "0:00:18"), (640.0, "6.0/min", "1:36:00"), (6400.0, "36.0/h", "16:00:00")],
)
def test_a_bar_tells_rate_and_time_left_however_far_apart_chunks_are(seconds, rate, left):
    last = watched(True, 6, seconds, 960).rsplit("training outputs/a", 1)[1]
    assert "384/960" in last
    assert rate in last
    assert left in last


def test_without_a_terminal_a_line_a_minute_tells_the_same():
    lines = watched(False, 40, 20.0, 200, done=40, amount=4).splitlines()
    assert lines[0] == "training outputs/a: 200 (40 done earlier) ..."
    assert lines[1] == "training outputs/a: 52 of 200, 12.0/min, about 0:12:20 left"
    assert lines[-1] == "training outputs/a: 800.0 s"
    assert len(lines) == 2 + 13


def test_what_is_quick_takes_two_lines():
    assert len(watched(False, 10, 0.1, 640).splitlines()) == 2
