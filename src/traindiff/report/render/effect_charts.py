"""Charts of what transformations of the input do to A and to B."""

from typing import Any

import altair as alt

from traindiff.report.content.document import POINTS, Dose, Trial
from traindiff.report.render.drawing import ALGORITHMS, COLOURS, chart, finish, tip, when

__all__ = ["doses", "effects"]

COLOUR = alt.Color("algorithm:N", scale=ALGORITHMS, legend=None)
FADED = alt.OpacityValue(1, condition=when("placebo", 0.55))
BARE = alt.Axis(domain=False, ticks=False, grid=False)
INTERVAL_TIPS = [
    tip("mean", "effect", "+.3~g"),
    tip("low", "95% from", "+.3~g"),
    tip("high", "95% to", "+.3~g"),
]


def effects(trial: Trial) -> alt.LayerChart:
    """Draw the effects on A, on B and of the placebo, with intervals and the verdict's limits."""
    factor = _factor(trial)
    rows = _rows(trial, factor)
    base = chart(rows).encode(
        y=alt.Y("arm:N", title=None, sort=[row["arm"] for row in rows], axis=BARE),
        color=COLOUR,
        opacity=FADED,
        tooltip=[tip("arm", "on"), *INTERVAL_TIPS],
    )
    bars = base.mark_rule(strokeWidth=2.5).encode(
        x=_effect(alt.X, trial, "low"), x2=alt.X2("high:Q")
    )
    dots = base.mark_point(filled=True, size=70).encode(x=alt.X("mean:Q"))
    layers = [*_limits(trial, factor, "x"), bars, dots]
    return finish(layers, 28 * len(rows), f"Effects of {trial.description}")


def doses(trial: Trial) -> alt.LayerChart:
    """Draw the effects against the transformation's strength, the placebo's dotted."""
    factor = _factor(trial)
    rows = [
        {"strength": dose.strength, **row} for dose in trial.doses for row in _rows(dose, factor)
    ]
    strength = alt.X("strength:Q", title="strength", scale=alt.Scale(zero=False, nice=False))
    base = chart(rows).encode(x=strength, color=COLOUR, detail=alt.Detail("arm:N"))
    bands = base.transform_filter("!datum.placebo").mark_area(opacity=0.16)
    bands = bands.encode(y=_effect(alt.Y, trial, "low"), y2=alt.Y2("high:Q"))
    dash = alt.StrokeDashValue([1, 0], condition=when("placebo", [2, 4]))
    lines = base.mark_line(strokeWidth=2).encode(y=alt.Y("mean:Q"), strokeDash=dash)
    tips = [tip("arm", "on"), tip("strength", "strength", ".3~g"), *INTERVAL_TIPS]
    dots = base.mark_point(filled=True, size=36).encode(
        y=alt.Y("mean:Q"), opacity=FADED, tooltip=tips
    )
    layers = [*_limits(trial, factor, "y"), bands, lines, dots]
    return finish(layers, 200, f"Dose-response of {trial.description}")


def _rows(measured: Trial | Dose, factor: float) -> list[dict[str, Any]]:
    arms = [
        (f"{kind}{name}", name, estimate)
        for kind, pair in (("", measured.effect), ("placebo on ", measured.placebo))
        if pair is not None
        for name, estimate in pair.items()
    ]
    return [
        {
            "arm": arm,
            "algorithm": algorithm,
            "placebo": arm != algorithm,
            "mean": factor * estimate.mean,
            "low": factor * estimate.low,
            "high": factor * estimate.high,
        }
        for arm, algorithm, estimate in arms
    ]


def _limits(trial: Trial, factor: float, axis: str) -> list[alt.Chart]:
    """Shade |effect| ≤ ε, where the one should stay; rule |effect| = δ, which the other passes."""
    if trial.epsilon is None or trial.delta is None:
        return []
    epsilon, delta = factor * trial.epsilon, factor * trial.delta
    band = chart([{"low": -epsilon, "high": epsilon}]).mark_rect(color=COLOURS["band"])
    rules = chart([{"at": -delta}, {"at": delta}]).mark_rule(
        color=COLOURS["faint"], strokeDash=[4, 4]
    )
    zero = chart([{"at": 0}]).mark_rule(color=COLOURS["faint"])
    if axis == "x":
        return [
            band.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q")),
            rules.encode(x=alt.X("at:Q")),
            zero.encode(x=alt.X("at:Q")),
        ]
    return [
        band.encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q")),
        rules.encode(y=alt.Y("at:Q")),
        zero.encode(y=alt.Y("at:Q")),
    ]


def _factor(trial: Trial) -> float:
    return 100.0 if trial.unit == POINTS else 1.0


def _effect(axis: Any, trial: Trial, field: str) -> Any:
    unit = trial.unit.split(" of ")[0].split(",")[0]
    return axis(f"{field}:Q", title=f"effect ({unit})")
