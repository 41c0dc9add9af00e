"""Which charts a report shows, each with a caption, an alternative text and its numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from traindiff.lenses.exhibits import Curve as CurveExhibit
from traindiff.lenses.reading import Reading
from traindiff.pair import Pair
from traindiff.report.content.document import Curve, Document, Interval, Trial
from traindiff.report.content.words import count, number, p_value, percent, signed_interval
from traindiff.report.render import charts, effect_charts, lens_charts

__all__ = ["Figure", "figures"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with all that people who cannot see it need."""

    name: str
    chart: alt.LayerChart
    caption: str
    alternative: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)

    def spec(self) -> dict[str, Any]:
        """Return the Vega-Lite specification, as wide as the page lets it be."""
        fit = {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
        # Tests hold every chart against the schema; doing so again would double what a page takes.
        return {**self.chart.to_dict(validate=False), **fit}


def figures(document: Document) -> dict[str, Figure]:
    """Return every chart of a report by name."""
    return {figure.name: figure for figure in _all(document)}


def _all(document: Document) -> Iterator[Figure]:
    yield _similarity(document)
    if document.points:
        yield _explained(document)
        yield _strengths(document)
    if document.diagnostics.scales:
        yield _scales(document)
    if document.diagnostics.curves is not None:
        yield _learning(document.diagnostics.curves)
    for place, card in enumerate(document.lenses):
        yield from _lens(f"lens-{place}", card.reading)
    for position, trial in enumerate(document.trials):
        if trial.effect is not None:
            yield _effects(f"effects-{position}", trial)
        if trial.doses:
            yield _doses(f"doses-{position}", trial)


def _similarity(document: Document) -> Figure:
    data = document.similarity
    return Figure(
        name="similarity",
        chart=charts.similarity(data),
        caption=(
            "How alike A and B explain each target: 1 = the same training examples with the same "
            "weights, 0 = nothing in common. Estimation noise also lowers it, so a low value alone "
            "is no sign of a difference."
        ),
        alternative=f"Histogram; mean {data.mean:.2f}, median {data.median:.2f}.",
        headers=("from", "to", "targets"),
        rows=tuple(
            (f"{one.low:.2f}", f"{one.high:.2f}", str(one.count)) for one in data.bins if one.count
        ),
    )


def _explained(document: Document) -> Figure:
    untested = document.method == "published"
    where = "in-sample" if untested else "corrected for noise, so that it may fall below 0"
    return Figure(
        name="explained",
        chart=charts.explained(document.points),
        caption=(
            f"Share of the datamodels' variance ({where}) along each direction. Below the "
            "diagonal: matters more to A; above: more to B. Grey: not significant."
        ),
        alternative="Scatter plot of explained variance under A against B, one point a direction.",
        headers=("direction", "under A", "under B", "p-value", "side"),
        rows=tuple(
            (
                str(point.number),
                percent(point.explained.a),
                percent(point.explained.b),
                "–" if point.p_value is None else f"{point.p_value:.3f}",
                point.side or "–",
            )
            for point in document.points
        ),
    )


def _strengths(document: Document) -> Figure:
    level = _deciding(document)
    noise = (
        f"Dashed, {number(level)}: what the strongest direction of pure noise reaches in "
        f"{percent(document.answer.level)} of permutations."
        if level is not None
        else "Which are significant is decided direction by direction, at the scale of B that is "
        "hardest to tell from noise: no one height of this chart decides."
        if document.answer.found is not None
        else "How strong pure noise would be is not known here."
    )
    return Figure(
        name="strengths",
        chart=charts.strengths(document.points, level),
        caption=f"Strength of each direction; significant ones come surest first. {noise}",
        alternative="Bar chart of singular values, one bar a direction.",
        headers=("direction", "singular value"),
        rows=tuple((str(p.number), number(p.singular_value)) for p in document.points),
    )


def _deciding(document: Document) -> float | None:
    """Return the level of noise, where it tells significant directions from others as tests do.

    It is that of one scale and one rank; a test is over all of them.
    """
    level = document.diagnostics.null_level
    agrees = level is not None and all(
        (point.singular_value > level) == point.significant for point in document.points
    )
    return level if agrees else None


def _scales(document: Document) -> Figure:
    data = document.diagnostics
    return Figure(
        name="scales",
        chart=charts.scales(data, document.answer.level),
        caption=(
            "B may be more confident than A, or noisier, and use its data the same way; how much "
            "is unknown. The p-value is computed for every plausible scale, and the largest is "
            "reported."
        ),
        alternative="Line chart of the p-value against the scale of B relative to A.",
        headers=("scale", "p-value"),
        rows=tuple(
            (number(s), p_value(p).removeprefix("p = "))
            for s, p in zip(data.scales, data.scale_p_values, strict=True)
        ),
    )


def _learning(curves: Pair[Curve]) -> Figure:
    return Figure(
        name="learning",
        chart=charts.learning(curves),
        caption=(
            "Linear datamodeling score of difference datamodels, on which the tests rest, fitted "
            "on fewer and fewer of the models and judged on models left out. Dashed: to be "
            f"expected of more models{_limits(curves)}."
        ),
        alternative="Line chart of the datamodels' score against the number of models fitted.",
        headers=("algorithm", "models", "score [95% interval]"),
        rows=tuple(
            (name, count(size), f"{lds:.3f} [{low:.3f}, {high:.3f}]".replace("-", "−"))
            for name, one in curves.items()
            for size, lds, low, high in zip(one.sizes, one.lds, one.low, one.high, strict=True)
        ),
    )


def _limits(curves: Pair[Curve]) -> str:
    """Say where the curves end, as far as what was measured can tell."""
    known = [
        f"{number(one.limit, 2)} for {name}"
        for name, one in curves.items()
        if one.half <= charts.AHEAD * one.sizes[-1]
    ]
    return f"; endlessly many would reach {' and '.join(known)}" if known else ""


def _effects(name: str, trial: Trial) -> Figure:
    arms: list[tuple[str, Interval]] = [*trial.effect.items()] if trial.effect else []
    arms += [("A − B", trial.difference)] if trial.difference else []
    placebo = trial.placebo.items() if trial.placebo else ()
    arms += [(f"placebo on {name}", each) for name, each in placebo]
    return Figure(
        name=name,
        chart=effect_charts.effects(trial),
        caption=(
            "Effect with 95% interval, and that of a placebo: the same kind of change with random "
            "content. Shaded: within ε of nothing; dashed: δ, beyond which an effect counts."
        ),
        alternative=f"Interval plot. {trial.sentence}",
        headers=("on", "effect [95% interval]"),
        rows=tuple((arm, signed_interval(e, trial.unit)) for arm, e in arms),
    )


def _doses(name: str, trial: Trial) -> Figure:
    def show(estimate: Interval) -> str:
        return signed_interval(estimate, trial.unit)

    return Figure(
        name=name,
        chart=effect_charts.doses(trial),
        caption="Effect against strength. Dotted: placebo.",
        alternative=f"Line chart of the effect of {trial.description} against its strength.",
        headers=("strength", "A", "B", "placebo on A", "placebo on B"),
        rows=tuple(
            (number(dose.strength), *map(show, (*dose.effect, *dose.placebo)))
            for dose in trial.doses
        ),
    )


def _lens(name: str, reading: Reading) -> Iterator[Figure]:
    band = reading.band
    if band is not None:
        ends = f"{number(band.low)} to {number(band.high)}"
        yield Figure(
            name=name,
            chart=lens_charts.beside_band(reading.value, band, reading.unit),
            caption="Dot: A against B. Bar: nine tenths of what other labellings give.",
            alternative=f"{number(reading.value)}, where other labellings give {ends}.",
            headers=("of", "value"),
            rows=(
                ("A against B", number(reading.value)),
                ("chance, 5% to 95%", ends),
                ("chance, median", number(band.median)),
            ),
        )
    for place, exhibit in enumerate(reading.exhibits):
        if isinstance(exhibit, CurveExhibit):
            yield _curve(f"{name}-{place}", exhibit)


def _curve(name: str, exhibit: CurveExhibit) -> Figure:
    names = " and ".join(line.name for line in exhibit.lines)
    return Figure(
        name=name,
        chart=lens_charts.curve(exhibit),
        caption=exhibit.title + (" Dashed: as it should be." if exhibit.diagonal else ""),
        alternative=f"Line chart of {exhibit.y} against {exhibit.x}, of {names}.",
        headers=("of", exhibit.x, exhibit.y),
        rows=tuple(
            (line.name, number(x), number(y))
            for line in exhibit.lines
            for x, y in zip(line.x, line.y, strict=True)
        ),
    )
