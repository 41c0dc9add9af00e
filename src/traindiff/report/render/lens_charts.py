"""Charts of lenses: a value beside its null band, and curves."""

import altair as alt

from traindiff.lenses.exhibits import Curve
from traindiff.lenses.reading import Band
from traindiff.report.render.drawing import ALGORITHMS, COLOURS, chart, finish, tip

__all__ = ["beside_band", "curve"]

THICK = 14


def beside_band(value: float, band: Band, unit: str) -> alt.LayerChart:
    """Draw a value as a dot on the bar of what other labellings give."""
    rows = chart([{"low": band.low, "median": band.median, "high": band.high, "value": value}])
    scale = alt.Scale(zero=True, nice=True)
    bar = rows.mark_bar(height=THICK, color=COLOURS["faint"]).encode(
        x=alt.X("low:Q", title=unit, scale=scale),
        x2=alt.X2("high:Q"),
        tooltip=[tip("low", "chance, 5%", ".3~g"), tip("high", "chance, 95%", ".3~g")],
    )
    middle = rows.mark_tick(thickness=1.5, size=THICK, color=COLOURS["muted"])
    dot = rows.mark_point(filled=True, size=90, opacity=1, color=COLOURS["ink"]).encode(
        x=alt.X("value:Q"), tooltip=[tip("value", "A against B", ".3~g")]
    )
    return finish(
        [bar, middle.encode(x=alt.X("median:Q")), dot], 40, "A value beside its null band"
    )


def curve(exhibit: Curve) -> alt.LayerChart:
    """Draw lines of A, of B, or of anything else."""
    rows = [
        {"name": line.name, "x": x, "y": y}
        for line in exhibit.lines
        for x, y in zip(line.x, line.y, strict=True)
    ]
    scale = alt.Scale(zero=False)
    names = {line.name for line in exhibit.lines}
    colours = ALGORITHMS if names <= {"A", "B"} else alt.Scale(scheme="greys")
    dots = alt.OverlayMarkDef(filled=True, size=40)
    lines = (
        chart(rows)
        .mark_line(point=dots)
        .encode(
            x=alt.X("x:Q", title=exhibit.x, scale=scale),
            y=alt.Y("y:Q", title=exhibit.y, scale=scale),
            color=alt.Color("name:N", scale=colours, legend=None),
            strokeDash=alt.StrokeDash("name:N", legend=None),
            tooltip=[
                tip("name", "of"),
                tip("x", exhibit.x, ".3~g"),
                tip("y", exhibit.y, ".3~g"),
            ],
        )
    )
    if not exhibit.diagonal:
        return finish([lines], 220, exhibit.title)
    along = [x for line in exhibit.lines for x in line.x]
    diagonal = chart([{"x": end, "y": end} for end in (min(along), max(along))]).mark_line(
        color=COLOURS["faint"], strokeDash=[4, 4], strokeWidth=1
    )
    return finish([diagonal.encode(x=alt.X("x:Q"), y=alt.Y("y:Q")), lines], 220, exhibit.title)
