"""What a notebook shows is what the report shows."""

from dataclasses import replace

import altair as alt
import pytest
import report_cases as cases

from traindiff import display as notebook
from traindiff.errors import InputError
from traindiff.verification.frame import verdicts_frame


@pytest.mark.parametrize(
    "plot",
    [
        notebook.plot_similarity,
        notebook.plot_explained,
        notebook.plot_strengths,
        notebook.plot_scales,
    ],
)
def test_a_comparison_alone_can_be_plotted(plot):
    chart = plot(cases.comparison(None))
    assert isinstance(chart, alt.LayerChart)
    assert chart.to_dict()["width"] > 0


@pytest.mark.parametrize("plot", [notebook.plot_effects, notebook.plot_doses])
def test_a_verdict_can_be_plotted_only_if_it_was_tested(plot):
    verdict = cases.verdicts()[0]
    assert isinstance(plot(verdict), alt.LayerChart)
    with pytest.raises(InputError, match="not tested"):
        plot(replace(verdict, effect=None, state="not tested"))


def test_scales_of_an_untested_comparison_are_refused():
    with pytest.raises(InputError, match="no test"):
        notebook.plot_scales(cases.arrays_only("published").comparison)


def test_a_comparison_shows_its_answer_and_its_directions():
    html = notebook.comparison_html(cases.comparison(None))
    assert "differently (p ≤ 0.005)" in html
    assert html.count("<tr") == 7


def test_a_null_comparison_names_no_side():
    html = notebook.comparison_html(cases.comparison(None, found=False))
    assert "No difference found" in html
    assert "<td>A</td>" not in html


@pytest.mark.parametrize("name", ["similarity", "explained", "strengths", "scales"])
def test_a_comparison_draws_and_shows_itself(name):
    compared = cases.comparison(None)
    chart = getattr(compared, f"plot_{name}")()
    assert chart.to_dict() == getattr(notebook, f"plot_{name}")(compared).to_dict()
    assert compared._repr_html_() == notebook.comparison_html(compared)
    assert compared.card(1)._repr_html_() == notebook.direction_card(compared, 1)._repr_html_()


def test_a_comparison_is_one_line_in_a_terminal():
    assert repr(cases.comparison(None)) == (
        "<Comparison: honest, p = 0.00498, 2 significant of 6 directions, 240 train x 160 targets>"
    )
    assert "published, untested" in repr(cases.arrays_only("published").comparison)


def test_verdicts_make_a_table_a_row_a_hypothesis():
    frame = verdicts_frame(cases.verdicts())
    assert frame["verdict"].tolist() == ["confirmed", "refuted", "inconclusive"]
    assert frame["effect_a"][0] == -1.42
    untested = replace(cases.verdicts()[0], state="not tested", effect=None)
    assert verdicts_frame([untested])["effect_a"].isna().all()
    nothing = verdicts_frame([])
    assert nothing.empty
    assert list(nothing.columns) == list(frame.columns)


def test_a_study_shows_what_it_confirmed():
    assert "Confirmed on fresh models" in notebook.evidence_html(cases.full())


def test_a_verdict_shows_its_state_and_effects():
    html = notebook.verdict_html(cases.verdicts()[0])
    assert "confirmed" in html
    assert "under A" in html


@pytest.mark.parametrize("splits", [cases.digits, cases.wine, cases.reviews, lambda: None])
def test_a_card_stands_alone_in_a_frame(splits):
    data = splits()
    card = notebook.direction_card(cases.comparison(data), 0, data)
    assert "Direction 1" in card.html
    shown = card._repr_html_()
    assert shown.startswith("<iframe sandbox srcdoc=")
    assert shown.count("<") == 2


def test_a_card_of_noise_says_so():
    assert "not significant" in notebook.direction_card(cases.comparison(None), 4).html


def test_a_card_of_no_direction_is_refused():
    with pytest.raises(InputError, match=r"direction must lie in \[0, 6\), found 6"):
        notebook.direction_card(cases.comparison(None), 6)
