"""Verdicts as a table."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from traindiff.pair import Pair
from traindiff.statistics.bootstrap import Interval
from traindiff.verification.base import Verdict

__all__ = ["verdicts_frame"]

_NOTHING = (None, None, None)
_UNTESTED = Pair(_NOTHING, _NOTHING)


def verdicts_frame(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return one row a hypothesis, in the order in which they were tested.

    Effects are in the unit of their output (probabilities as shares of 1), with the ends of their
    95% intervals; None where nothing was tested. Without hypotheses the columns are there all the
    same.
    """
    columns = {
        "hypothesis": [verdict.hypothesis.name for verdict in verdicts],
        "author": [verdict.hypothesis.author for verdict in verdicts],
        "direction": [verdict.hypothesis.direction for verdict in verdicts],
        "output": [verdict.hypothesis.aim.output for verdict in verdicts],
        "verdict": [verdict.state for verdict in verdicts],
        **_intervals("", [verdict.effect for verdict in verdicts]),
        **_intervals("placebo_", [verdict.placebo for verdict in verdicts]),
        "p_value": [verdict.p_value for verdict in verdicts],
        "q_value": [verdict.q_value for verdict in verdicts],
    }
    return pd.DataFrame(columns)


def _intervals(kind: str, effects: Sequence[Pair[Interval] | None]) -> dict[str, list[Any]]:
    pairs = [_UNTESTED if effect is None else effect for effect in effects]
    return {
        **_ends(f"{kind}a", [pair.a for pair in pairs]),
        **_ends(f"{kind}b", [pair.b for pair in pairs]),
    }


def _ends(name: str, effects: Sequence[Sequence[float | None]]) -> dict[str, list[Any]]:
    columns = (f"effect_{name}", f"low_{name}", f"high_{name}")
    return {column: [effect[end] for effect in effects] for end, column in enumerate(columns)}
