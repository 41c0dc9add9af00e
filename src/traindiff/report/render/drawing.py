"""The hand in which every chart is drawn: colours, type and axes.

One colour belongs to A and one to B, everywhere; both are told apart by the colour-blind and in
grey print, where marks also differ in shape or dash. Encodings are written as channels,
``alt.X("low:Q")``: what altair makes of the string alone takes it 20 milliseconds to find.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

__all__ = ["ALGORITHMS", "COLOURS", "SIDES", "chart", "finish", "tip", "when"]

COLOURS = {
    name: f"var(--{name}, {on_paper})"
    for name, on_paper in {
        "a": "#0b6aa8",
        "b": "#b9480b",
        "both": "#6d4aa3",
        "ink": "#1d2126",
        "muted": "#5c6570",
        "faint": "#aab1ba",
        "rule": "#e2e5e9",
        "band": "#eef0f3",
    }.items()
}
"""What surrounds a chart says what each is, in light and in dark; else the colours of paper."""
SIDES = {"A": COLOURS["a"], "B": COLOURS["b"], "both": COLOURS["both"], "none": COLOURS["faint"]}
ALGORITHMS = alt.Scale(domain=["A", "B"], range=[COLOURS["a"], COLOURS["b"]])
FONT = "Helvetica Neue, Helvetica, Arial, sans-serif"
WIDTH = 420
CONFIG = alt.Config(
    font=FONT,
    background="transparent",
    view=alt.ViewConfig(stroke=None),
    text=alt.MarkConfig(font=FONT, fontSize=11),
    axis=alt.AxisConfig(
        domainColor=COLOURS["faint"],
        tickColor=COLOURS["faint"],
        gridColor=COLOURS["rule"],
        labelColor=COLOURS["muted"],
        titleColor=COLOURS["muted"],
        labelFontSize=11,
        titleFontSize=12,
        titleFontWeight="normal",
        titlePadding=8,
        tickCount=5,
    ),
)


def chart(rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """Return an empty chart of some rows of plain data."""
    return alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))


def tip(field: str, title: str, form: str = "") -> alt.Tooltip:
    """Return one line of a tooltip; ``form`` is a d3 number format."""
    if not form:
        return alt.Tooltip(f"{field}:N", title=title)
    return alt.Tooltip(f"{field}:Q", title=title, format=form)


def when(field: str, value: Any) -> dict[str, Any]:
    """Return the condition that gives a mark ``value`` where a field of its row is true."""
    return {"test": f"datum.{field}", "value": value}


def finish(layers: Sequence[alt.Chart], height: int, description: str) -> alt.LayerChart:
    """Return layers as one chart.

    ``height`` is in pixels; ``description`` is what screen readers read.
    """
    return alt.LayerChart(
        layer=list(layers), width=WIDTH, height=height, description=description, config=CONFIG
    )
