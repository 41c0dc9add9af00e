"""Draw the figures of docs/explanation/datamodels.md, one for each estimator.

Usage: python docs/scripts/datamodels_figures.py [--out docs/images]
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import altair as alt
import numpy as np
import pandas as pd
from cases.planted_datamodels import Planted, plant

from traindiff.datamodels import (
    OnlineDatamodels,
    PathSettings,
    difference_weights,
    fit_datamodels,
)
from traindiff.datamodels.design import Design
from traindiff.datamodels.lasso import lasso_path
from traindiff.datamodels.path import Path as Solutions
from traindiff.datamodels.ridge import ridge_path
from traindiff.datamodels.sample import Sample

FIT, CHOOSE = slice(0, 1800), slice(1800, 2000)
SIZE = {"width": 420, "height": 240}
MODELS = "format(datum.value, ',') + ' models'"
LASSO_TICKS = (0.3, 0.1, 0.03, 0.01, 0.003)
RIDGE_TICKS = (10, 1, 0.1, 0.01, 0.001, 0.0001)


def difference_figure(data: Planted) -> alt.Chart:
    """Estimated against planted weights; the band is two standard deviations of the noise."""
    frames = []
    for m in (500, 2000, 8000):
        found = difference_weights(data.masks[:m], data.values[:m])[0]
        frames.append(pd.DataFrame({"planted": data.weights[0], "estimated": found, "m": m}))
    # All planted examples and some of the many others, which would cover each other.
    points = pd.concat([frame[(frame.planted != 0) | (frame.index < 60)] for frame in frames])
    deviation = data.values[:, 0].std()
    edges = np.array([points.planted.min(), points.planted.max()])
    noise = [2 * deviation / np.sqrt(m * 0.25) for m in (500, 2000, 8000)]
    band = pd.DataFrame(
        [
            {"planted": edge, "m": m, "low": edge - two, "high": edge + two}
            for m, two in zip((500, 2000, 8000), noise, strict=True)
            for edge in edges
        ]
    )
    title = {
        "anchor": "middle",
        "text": "Difference: unbiased, its noise known (band: ± 2 standard deviations)",
    }
    x = alt.X("planted", title="planted weight")
    area = (
        alt.Chart()
        .transform_filter("isValid(datum.low)")
        .mark_area(opacity=0.25, color="grey")
        .encode(x=x, y="low:Q", y2="high:Q")
    )
    dots = (
        alt.Chart()
        .transform_filter("isValid(datum.estimated)")
        .mark_circle(size=12, opacity=0.6)
        .encode(x=x, y=alt.Y("estimated:Q", title="estimated weight"))
    )
    both = pd.concat([points, band])
    layers = alt.layer(area, dots, data=both).properties(width=190, height=190)
    columns = alt.Column("m:Q", title=None, header=alt.Header(labelExpr=MODELS))
    return layers.facet(columns).properties(title=title)


def error_figure(path: Solutions, ticks: tuple[float, ...], title: str) -> alt.Chart:
    """Held-out error of some targets along their penalties, the chosen one marked."""
    grid, errors = path.grid, path.errors
    rows = [
        {
            "target": f"target {t}",
            "penalty": float(p),
            "error": float(e),
            "best": e == errors[t].min(),
        }
        for t in range(3)
        for p, e in zip(grid[t], errors[t], strict=True)
        if np.isfinite(e)
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X(
            "penalty",
            scale=alt.Scale(type="log", reverse=True, nice=False, padding=8),
            axis=alt.Axis(values=ticks, format="~g"),
            title="penalty (falling)",
        ),
        y=alt.Y("error", title="held-out squared error", scale=alt.Scale(zero=False)),
        color=alt.Color("target", title=None),
    )
    chosen = base.transform_filter("datum.best").mark_point(size=90, filled=True)
    return (base.mark_line() + chosen).properties(title=title, **SIZE)


def path_figures(data: Planted) -> dict[str, alt.Chart]:
    """The choice of the penalty, for the lasso and for ridge."""
    design = Design.of(Sample(masks=data.masks[FIT], values=data.values[FIT]))
    choice = Sample(masks=data.masks[CHOOSE], values=data.values[CHOOSE])
    lasso = lasso_path(design, PathSettings(), choice=choice)
    ridge = ridge_path(design, PathSettings(), choice=choice)
    return {
        "lasso": error_figure(lasso, LASSO_TICKS, "Lasso: a path ends soon after its best"),
        "ridge": error_figure(ridge, RIDGE_TICKS, "Ridge: one factorisation, every penalty"),
    }


def online_figure(data: Planted) -> alt.Chart:
    """The live score while models arrive, beside refits of the other estimators."""
    rows = []
    online = OnlineDatamodels(n_train=data.masks.shape[1], n_targets=data.values.shape[1])
    for start in range(0, 6400, 128):
        models = slice(start, start + 128)
        online.partial_fit(data.masks[models], data.values[models])
        rows.append(
            {"models": models.stop, "lds": online.quality().mean, "estimator": "online, live score"}
        )
    for m in (200, 400, 800, 1600, 3200, 6400):
        for name in ("lasso", "difference"):
            lds = fit_datamodels(data.outputs.take(slice(0, m)), name).lds.mean
            rows.append({"models": m, "lds": lds, "estimator": f"{name}, refitted"})
    chart = alt.Chart(pd.DataFrame(rows)).mark_line(point={"size": 14})
    return chart.encode(
        x=alt.X(
            "models",
            scale=alt.Scale(type="log", nice=False, padding=8),
            axis=alt.Axis(values=(100, 200, 400, 800, 1600, 3200, 6400), format=","),
        ),
        y=alt.Y("lds", title="mean LDS"),
        color=alt.Color("estimator", title=None),
    ).properties(title="Online: one pass, scored on models not yet seen", **SIZE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    out = parser.parse_args().out
    data = plant(8000, 300, 20, relevant=10, r2=0.5)
    figures = path_figures(data) | {
        "difference": difference_figure(data),
        "online": online_figure(data),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.save(out / f"datamodels-{name}.svg")


if __name__ == "__main__":
    main()
