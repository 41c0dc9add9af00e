"""Verdicts as a table."""

from collections.abc import Sequence

import pandas as pd

from traindiff.verification import Effect, Verdict

__all__ = ["verdicts_frame"]


def verdicts_frame(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return one row a hypothesis, in the order in which they were tested.

    Effects are in the unit of their output (probabilities as shares of 1), with the ends of their
    95% intervals; None where nothing was tested.
    """
    rows = [
        {
            "hypothesis": verdict.hypothesis.name,
            "author": verdict.hypothesis.author,
            "direction": verdict.hypothesis.direction,
            "output": verdict.hypothesis.output,
            "verdict": verdict.state,
            **_effect("a", verdict.a),
            **_effect("b", verdict.b),
            **_effect("placebo_a", verdict.placebo_a),
            **_effect("placebo_b", verdict.placebo_b),
            "p_value": verdict.p_value,
            "q_value": verdict.q_value,
        }
        for verdict in verdicts
    ]
    return pd.DataFrame(rows)


def _effect(name: str, effect: Effect | None) -> dict[str, float | None]:
    return {
        f"effect_{name}": None if effect is None else effect.mean,
        f"low_{name}": None if effect is None else effect.low,
        f"high_{name}": None if effect is None else effect.high,
    }
