"""Every chart is valid Vega-Lite and shows the numbers of its table."""

from dataclasses import replace

import altair as alt
import pytest
import report_cases as cases
import vl_convert

from traindiff.report.content.build import build
from traindiff.report.render.drawing import COLOURS
from traindiff.report.render.figures import figures


@pytest.fixture(scope="module")
def shown():
    return figures(build(cases.full()))


def test_a_full_study_has_every_chart(shown):
    assert {
        "similarity",
        "explained",
        "strengths",
        "scales",
        "learning",
        "effects-0",
        "doses-0",
    } <= set(shown)


def test_every_chart_fits_its_schema_and_can_be_drawn(shown):
    for figure in shown.values():
        figure.chart.to_dict(validate=True)
        assert vl_convert.vegalite_to_svg(figure.spec() | {"width": 400}).startswith("<svg")


def test_every_chart_has_a_caption_an_alternative_and_numbers(shown):
    for figure in shown.values():
        assert figure.caption
        assert figure.alternative
        assert figure.rows
        assert all(len(row) == len(figure.headers) for row in figure.rows)


def test_charts_are_altair_charts_that_a_notebook_can_show(shown):
    assert all(isinstance(figure.chart, alt.LayerChart) for figure in shown.values())


def test_significant_points_have_their_sides_colours_and_others_none(shown):
    spec = shown["explained"].spec()
    data = spec["datasets"][spec["layer"][1]["data"]["name"]]
    assert [row["side"] for row in data] == ["A", "B", "none", "none", "none", "none"]


def test_a_and_b_have_one_colour_each_in_all_charts(shown):
    for name in ("effects-0", "doses-0"):
        text = shown[name].chart.to_json()
        assert COLOURS["a"] in text
        assert COLOURS["b"] in text


def test_a_curve_that_still_rises_is_not_followed_to_its_end(shown):
    assert "0.70 for A and 0.70 for B" in shown["learning"].caption
    evidence = cases.full()
    unknown = replace(evidence.findings.curves.a, limit=1.0, half=1e6)
    caption = figures(
        build(cases.found(evidence, curves=replace(evidence.findings.curves, a=unknown)))
    )["learning"].caption
    assert "would reach 0.70 for B." in caption
    assert "for A" not in caption


def test_a_published_comparison_has_no_level_of_noise():
    found = figures(build(cases.arrays_only("published")))
    assert len(found["strengths"].spec()["layer"]) == 1
    assert "scales" not in found


@pytest.mark.parametrize(("level", "lines"), [(10.0, 1), (25.0, 2)])
def test_the_level_of_noise_is_drawn_only_where_it_decides_as_the_tests_do(level, lines):
    document = build(cases.full())
    strengths = {True: 30.0, False: 20.0}
    points = tuple(replace(p, singular_value=strengths[p.significant]) for p in document.points)
    noise = replace(document.diagnostics, null_level=level)
    found = figures(replace(document, points=points, diagnostics=noise))["strengths"]
    assert len(found.spec()["layer"]) == lines
    assert ("Dashed" in found.caption) is (lines == 2)
