"""What a notebook shows is what the report shows."""

import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import altair as alt
import pytest
import report_cases as cases

import traindiff.display  # noqa: F401 - results draw themselves from here on
from traindiff.display import evidence_html
from traindiff.errors import InputError
from traindiff.showing import Painters
from traindiff.verification.frame import verdicts_frame

PLOTS = ("plot_similarity", "plot_explained", "plot_strengths", "plot_scales")


@pytest.mark.parametrize("plot", PLOTS)
def test_a_comparison_draws_itself_as_one_picture_that_needs_nothing(plot):
    drawing = getattr(cases.comparison(None), plot)()
    picture = ElementTree.fromstring(drawing.svg)
    assert picture.tag.endswith("svg")
    assert not re.findall(r"\b(?:href|src)=|url\((?!#)", drawing.svg)
    assert "<script" not in drawing.svg
    assert drawing._repr_svg_() == drawing._repr_html_() == drawing.svg


@pytest.mark.parametrize("plot", ["plot_effects", "plot_doses"])
def test_a_verdict_draws_itself_only_if_it_was_tested(plot):
    verdict = cases.verdicts()[0]
    assert getattr(verdict, plot)().svg.startswith("<svg")
    with pytest.raises(InputError, match="not tested"):
        getattr(replace(verdict, effect=None, state="not tested"), plot)()


def test_charts_on_one_page_do_not_clip_each_other():
    drawn = [cases.comparison(None, k=k).plot_strengths().svg for k in (6, 4)]
    first, second = (set(re.findall(r'id="([^"]+)"', svg)) for svg in drawn)
    assert first
    assert not first & second
    assert all(set(re.findall(r"url\(#([^)]+)\)", svg)) <= first | second for svg in drawn)


def test_plots_are_found_by_tab_completion():
    assert set(PLOTS) | {"card"} <= set(dir(cases.comparison(None)))
    assert {"plot_effects", "plot_doses"} <= set(dir(cases.verdicts()[0]))


def test_a_drawing_is_one_line_can_be_saved_and_gives_its_numbers(tmp_path):
    drawing = cases.comparison(None).plot_strengths()
    assert repr(drawing) == "<Drawing: Strength of each direction against noise>"
    drawing.save(tmp_path / "strengths.svg")
    assert (tmp_path / "strengths.svg").read_text("utf-8") == drawing.svg
    assert alt.LayerChart.from_dict(drawing.spec).to_dict() == drawing.spec


def test_a_program_that_knows_no_styles_has_the_colours_of_paper():
    drawn = cases.comparison(None).plot_explained().svg
    assert "var(" not in drawn.split("</style>")[1]
    assert 'fill="#0b6aa8"' in drawn


def test_scales_of_an_untested_comparison_are_refused():
    with pytest.raises(InputError, match="tried scales; the published method has none"):
        cases.arrays_only("published").comparison.plot_scales()


def test_a_comparison_shows_its_answer_and_its_directions():
    html = cases.comparison(None)._repr_html_()
    assert "differently (p ≤ 0.005)" in html
    assert html.count("<tr") == 7


def test_a_null_comparison_names_no_side():
    html = cases.comparison(None, found=False)._repr_html_()
    assert "No difference found" in html
    assert "<td>A</td>" not in html


def test_a_comparison_is_one_line_in_a_terminal():
    assert repr(cases.comparison(None)) == (
        "<Comparison: honest, p = 0.00498, 2 significant of 6 directions, 240 train x 160 targets, "
        "600 pairs>"
    )
    assert "published, untested" in repr(cases.arrays_only("published").comparison)


def test_whoever_draws_is_asked_for_where_there_is_none():
    with pytest.raises(InputError, match=r"import traindiff\.display"):
        Painters().painter()


def test_the_lazy_face_brings_what_draws_and_only_with_what_is_shown():
    script = (
        "import sys, traindiff as td\n"
        "td.InputError, td.Splits\n"
        "assert 'traindiff.display' not in sys.modules\n"
        "td.compare\n"
        "from traindiff.comparison.showing import painter\n"
        "painter()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


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
    assert "Confirmed on fresh models" in evidence_html(cases.full())


def test_a_verdict_shows_its_state_and_effects():
    html = cases.verdicts()[0]._repr_html_()
    assert "confirmed" in html
    assert "under A" in html


@pytest.mark.parametrize("splits", [cases.digits, cases.wine, cases.reviews, lambda: None])
def test_a_card_is_one_line_in_a_terminal_and_stands_alone_in_a_notebook(splits):
    data = splits()
    card = cases.comparison(data).card(0, data)
    assert repr(card) == "<Card: direction 1 of 6>"
    assert "Direction 1" in card.html
    assert not re.findall(r"<(?:iframe|script|button|link)", card.html)


def test_the_style_of_a_card_reaches_no_other():
    data = cases.digits()
    first, second = (cases.comparison(data).card(k, data).html for k in (0, 1))
    scopes = [re.search(r"traindiff-\w{12}", html).group() for html in (first, second)]
    assert scopes[0] != scopes[1]
    assert cases.comparison(data).card(0, data).html == first


def test_a_card_of_noise_says_so():
    assert "not significant" in cases.comparison(None).card(4).html


def test_a_card_of_no_direction_is_refused():
    with pytest.raises(InputError, match=r"direction must lie in \[0, 6\), found 6"):
        cases.comparison(None).card(6)


def test_hostile_names_make_no_element_of_a_card():
    evidence = cases.hostile()
    html = evidence.comparison.card(0, evidence.splits).html
    assert not re.findall(r"<(?:script|img|svg|iframe)", html)
