"""Other questions on the page: what is drawn, and that nothing untested is claimed."""

from dataclasses import replace

import numpy as np
import pytest
import report_cases as cases

from traindiff.lenses import look
from traindiff.lenses.exhibits import Edge, Graph, Matrix, Rule, Rules
from traindiff.report.content.build import build
from traindiff.report.render import markdown, page
from traindiff.report.render.figures import figures

SHOWN = (
    Rules(
        title="Rules",
        rules=(
            Rule(
                conditions=("x ≤ 2", "y > 1"), a="0", b="1", precision=0.75, recall=None, inputs=40
            ),
        ),
    ),
    Matrix(
        title="Layers", rows=("one", "two"), columns=("u", "v"), values=((0.5, 1.0), (0.25, 0.0))
    ),
    Graph(
        title="Edges",
        nodes=("p", "q"),
        edges=(Edge(start="p", end="q", weight=-0.5, side="A"),),
    ),
)


@pytest.fixture(scope="module")
def evidence():
    return cases.full()


def section(document):
    return page.render(document, None).split('<section id="lenses"')[1].split("</section>")[0]


@pytest.fixture(scope="module")
def found(evidence):
    return section(build(evidence))


def test_a_card_has_question_value_band_p_q_control_and_exhibits(evidence, found):
    for text in (
        "Do A and B predict alike?",
        'data-figure="lens-0"',
        "p ≤ 0.010",
        "q = 0.010",
        "control, halves of",
        "Who changed",
        "accuracy of A",
        'data-figure="lens-0-2"',
    ):
        assert text in found
    assert {"lens-0", "lens-0-2"} <= set(figures(build(evidence)))


def test_the_examples_listed_open_themselves(evidence, found):
    (card,) = build(evidence).lenses
    listed = next(each for each in card.reading.exhibits if each.kind == "examples")
    assert set(listed.indices[:9]) == set(range(9))
    assert all(f'data-target="{index}"' in found for index in listed.indices)


def test_two_models_are_shown_and_nothing_is_claimed(evidence):
    rng = np.random.default_rng(0)
    a, b = (rng.integers(10, size=(1, cases.N_TARGETS)) for _ in "ab")
    reading = look(a, b, evidence.splits.targets)
    document = build(replace(evidence, lenses=(reading,)))
    found = section(document)
    assert "Not tested: no band: give at least 3 models a side." in found
    for claim in ("p =", "p ≤", "q =", "differ:", "No difference", 'data-figure="lens-0"'):
        assert claim not in found
    lines = markdown.render(document).split("## Other questions")[1].split("##")[0]
    assert "Not tested" in lines
    assert "p " not in lines.replace("gap ", "")


def test_no_difference_is_called_one_unless_significant(evidence):
    (reading,) = evidence.lenses
    assert build(evidence).lenses[0].answer.startswith("A and B differ")
    silent = build(replace(evidence, lenses=(replace(reading, q_value=0.051),)))
    assert silent.lenses[0].answer.startswith("No difference found")


def test_every_kind_of_exhibit_is_drawn_without_its_lens(evidence):
    (reading,) = evidence.lenses
    found = section(build(replace(evidence, lenses=(replace(reading, exhibits=SHOWN),))))
    for text in (
        "x ≤ 2 and y &gt; 1",
        "<td>0.75",
        "<td>–",
        "Layers",
        "<td>0.25",
        "p – q",
        "<td>−0.5",
    ):
        assert text in found


def test_a_matrix_stands_beside_its_bands_and_what_is_outside_is_bold(evidence):
    (reading,) = evidence.lenses
    band = {"low": ((0.4, 0.2), (0.3, 0.0)), "high": ((0.6, 0.9), (0.4, 0.1))}
    found = section(
        build(replace(evidence, lenses=(replace(reading, exhibits=(replace(SHOWN[1], **band),)),)))
    )
    assert "<td>0.500 (0.400 to 0.600)</td>" in found
    assert "<td><strong>0.250</strong> (0.300 to 0.400)</td>" in found
    assert found.count("<strong>") == 2


def test_a_study_without_lenses_says_so(evidence):
    assert "None was asked." in section(build(replace(evidence, lenses=())))
