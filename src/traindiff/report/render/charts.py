"""Charts of a comparison, drawn from a report's plain data."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from traindiff.pair import Pair
from traindiff.report.content.document import Curve, Diagnostics, Point, Similarity
from traindiff.report.render.drawing import ALGORITHMS, COLOURS, SIDES, chart, finish, tip, when

__all__ = ["AHEAD", "explained", "learning", "scales", "similarity", "strengths"]

SHAPES = ["circle", "square", "diamond", "circle"]
AHEAD, STEPS = 4, 24


def similarity(data: Similarity) -> alt.LayerChart:
    """Draw the histogram of the cosine between each target's two datamodels, with its median."""
    rows = [{"low": one.low, "high": one.high, "count": one.count} for one in data.bins]
    bars = (
        chart(rows)
        .mark_bar(color=COLOURS["muted"], binSpacing=1)
        .encode(
            x=alt.X("low:Q", bin="binned", title="cosine of the datamodels under A and under B"),
            x2=alt.X2("high:Q"),
            y=alt.Y("count:Q", title="targets"),
            tooltip=[tip("low", "from", ".2f"), tip("high", "to", ".2f"), tip("count", "targets")],
        )
    )
    median = chart([{"x": data.median, "label": f"median {data.median:.2f}"}]).encode(
        x=alt.X("x:Q")
    )
    line = median.mark_rule(color=COLOURS["ink"], strokeWidth=1.5)
    label = median.mark_text(baseline="bottom", dy=-4, color=COLOURS["ink"])
    layers = [bars, line, label.encode(y=alt.value(0), text=alt.Text("label:N"))]
    return finish(layers, 180, "Histogram of datamodel similarity")


def explained(points: Sequence[Point]) -> alt.LayerChart:
    """Draw explained variance under A against B; below the diagonal matters more to A."""
    rows = [
        {
            "number": point.number,
            "a": point.explained.a,
            "b": point.explained.b,
            "p": point.p_value,
            "side": _shown_side(point),
            "label": str(point.number) if point.significant else "",
        }
        for point in points
    ]
    ends = _domain(points)
    scale = alt.Scale(domain=ends, nice=False)
    x = alt.X("a:Q", title="share of variance under A", scale=scale, axis=alt.Axis(format="%"))
    y = alt.Y("b:Q", title="share of variance under B", scale=scale, axis=alt.Axis(format="%"))
    diagonal = chart([{"a": end, "b": end} for end in ends]).mark_line(
        color=COLOURS["faint"], strokeDash=[4, 4], strokeWidth=1
    )
    tooltip = [
        tip("number", "direction"),
        tip("a", "variance under A", ".1%"),
        tip("b", "variance under B", ".1%"),
        tip("p", "p-value", ".3f"),
    ]
    shape = alt.Shape("side:N", scale=alt.Scale(domain=list(SIDES), range=SHAPES), legend=None)
    dots = chart(rows).mark_point(filled=True, size=90, opacity=0.95)
    dots = dots.encode(color=_side_colour(), shape=shape, tooltip=tooltip)
    labels = chart(rows).mark_text(dx=11, dy=-7, fontWeight="bold", color=COLOURS["ink"])
    layers = [diagonal, dots, labels.encode(text=alt.Text("label:N"))]
    description = "Explained variance of each direction under A against B"
    return finish([layer.encode(x=x, y=y) for layer in layers], 300, description)


def strengths(points: Sequence[Point], null_level: float | None) -> alt.LayerChart:
    """Draw the singular value of each direction, against what noise alone reaches."""
    description = "Strength of each direction against noise"
    rows = [
        {"number": point.number, "value": point.singular_value, "side": _shown_side(point)}
        for point in points
    ]
    bars = (
        chart(rows)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("number:O", title="direction", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("value:Q", title="strength (singular value)"),
            color=_side_colour(),
            tooltip=[tip("number", "direction"), tip("value", "singular value", ".3~g")],
        )
    )
    if null_level is None:
        return finish([bars], 300, description)
    line = chart([{"y": null_level}]).mark_rule(color=COLOURS["ink"], strokeDash=[4, 4])
    return finish([bars, line.encode(y=alt.Y("y:Q"))], 300, description)


def scales(data: Diagnostics, level: float) -> alt.LayerChart:
    """Draw the p-value at every scale of B against A that was tried; the largest is reported."""
    rows = [{"s": s, "p": p} for s, p in zip(data.scales, data.scale_p_values, strict=True)]
    dots = alt.OverlayMarkDef(filled=True, color=COLOURS["muted"], size=22)
    line = (
        chart(rows)
        .mark_line(color=COLOURS["muted"], point=dots)
        .encode(
            x=alt.X("s:Q", title="scale of B against A", scale=alt.Scale(type="log", nice=False)),
            y=alt.Y("p:Q", title="p-value", scale=alt.Scale(domain=[0, 1])),
            tooltip=[tip("s", "scale", ".2f"), tip("p", "p-value", ".3f")],
        )
    )
    limit = chart([{"p": level}]).mark_rule(color=COLOURS["ink"], strokeDash=[4, 4])
    return finish([line, limit.encode(y=alt.Y("p:Q"))], 180, "p-value against the nuisance scale")


def learning(curves: Pair[Curve]) -> alt.LayerChart:
    """Draw the quality of datamodels against the number of models, and what more would bring."""
    colour = alt.Color("algorithm:N", scale=ALGORITHMS, legend=None)
    scale = alt.Scale(type="log", nice=False, padding=12)
    sizes = sorted({size for curve in curves for size in (*curve.sizes, AHEAD * curve.sizes[-1])})
    axis = alt.Axis(values=sizes, format=",.0f", grid=False)
    x = alt.X("models:Q", title="models fitted", scale=scale, axis=axis)
    measured = chart(
        [row for name, curve in curves.items() for row in _measured(name, curve)]
    ).encode(x=x, color=colour)
    rules = measured.mark_rule(strokeWidth=1.5, opacity=0.6).encode(
        y=alt.Y("low:Q", title="score", scale=alt.Scale(zero=True)), y2=alt.Y2("high:Q")
    )
    tooltip = [
        tip("algorithm", "algorithm"),
        tip("models", "models", ",.0f"),
        tip("lds", "score", ".3f"),
        tip("low", "95% from", ".3f"),
        tip("high", "95% to", ".3f"),
    ]
    dots = measured.mark_point(filled=True, size=60).encode(y=alt.Y("lds:Q"), tooltip=tooltip)
    expected = chart([row for name, curve in curves.items() for row in _expected(name, curve)])
    lines = expected.mark_line(strokeWidth=1.5).encode(
        x=x,
        y=alt.Y("lds:Q"),
        color=colour,
        detail=[alt.Detail("algorithm:N"), alt.Detail("beyond:N")],
        strokeDash=alt.StrokeDashValue([1, 0], condition=when("beyond", [3, 4])),
    )
    return finish([lines, rules, dots], 180, "Datamodel quality against the number of models")


def _measured(name: str, curve: Curve) -> list[dict[str, Any]]:
    columns = zip(curve.sizes, curve.lds, curve.low, curve.high, strict=True)
    return [
        {"algorithm": name, "models": size, "lds": lds, "low": low, "high": high}
        for size, lds, low, high in columns
    ]


def _expected(name: str, curve: Curve) -> list[dict[str, Any]]:
    """Return the fitted curve over the sizes measured and, apart, as far again and more."""
    first, last = curve.sizes[0], curve.sizes[-1]
    return [
        {
            "algorithm": name,
            "beyond": beyond,
            "models": size,
            "lds": curve.limit / math.sqrt(1 + curve.half / size),
        }
        for beyond, start, end in ((False, first, last), (True, last, AHEAD * last))
        for size in (start * (end / start) ** (step / STEPS) for step in range(STEPS + 1))
    ]


def _shown_side(point: Point) -> str:
    return point.side if point.significant and point.side else "none"


def _side_colour() -> alt.Color:
    scale = alt.Scale(domain=list(SIDES), range=list(SIDES.values()))
    return alt.Color("side:N", scale=scale, legend=None)


def _domain(points: Sequence[Point]) -> list[Any]:
    values = [0.0, *(value for point in points for value in point.explained)]
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.01
    return [low - margin if low < 0 else 0.0, high + margin]
