"""A card shows the people of a significant direction, at the right end, and no one else's."""

from dataclasses import replace

import numpy as np
import pytest
import report_cases as cases

import traindiff.display  # noqa: F401 - results draw themselves from here on
from traindiff.comparison import Reliability
from traindiff.report.content.build import build
from traindiff.report.content.cards import directions, points


def test_cards_are_those_of_the_significant_directions():
    assert [card.number for card in build(cases.full()).directions] == [1, 2]


def test_an_untested_comparison_shows_a_few_cards_without_p_values():
    cards = build(cases.arrays_only("published")).directions
    assert [card.number for card in cards] == [1, 2, 3, 4]
    assert all(card.p_value is None for card in cards)


def test_members_are_the_extremes_in_order():
    evidence = cases.full()
    end = directions(evidence)[0].ends[0]
    projections = evidence.comparison.projections[:, 0]
    weights = [member.weight for member in end.targets]
    np.testing.assert_allclose(weights, np.sort(projections)[::-1][: len(weights)], rtol=1e-5)
    assert [m.id for m in end.targets] == [evidence.targets.ids[m.index] for m in end.targets]


def test_a_direction_of_b_is_paired_with_the_training_examples_that_help_b():
    for_a, for_b = directions(cases.full())[:2]
    assert (for_a.side, for_a.ends[0].leans) == ("A", "A")
    assert all(member.weight > 0 for member in for_a.ends[0].train)
    assert (for_b.side, for_b.ends[0].leans) == ("B", "B")
    assert all(member.weight > 0 for member in for_b.ends[0].targets)
    assert all(member.weight < 0 for member in for_b.ends[0].train)


def test_turning_a_direction_round_swaps_its_ends():
    evidence = cases.full()
    kept = evidence.comparison
    turned = replace(
        kept, found=replace(kept.found, rows=-kept.directions, projections=-kept.projections)
    )
    before = directions(evidence)[0].ends
    after = directions(cases.found(evidence, comparison=turned))[0].ends
    assert [m.id for m in before[0].targets] == [m.id for m in after[1].targets]
    assert [m.id for m in before[0].train] == [m.id for m in after[1].train]


def test_the_planted_class_is_what_the_card_says():
    end = directions(cases.full())[0].ends[0]
    assert end.target_enrichment[0].name == "label"
    assert end.target_enrichment[0].value == "0"
    assert end.train_enrichment[0].value == "0"
    assert "“0”" in end.summary


def test_the_end_without_the_planted_class_is_weak():
    ends = directions(cases.full())[0].ends
    assert [end.weak for end in ends] == [False, True]


def test_one_sided_directions_have_one_end():
    evidence = cases.full()
    found = evidence.comparison.found
    positive = replace(
        evidence.comparison, found=replace(found, projections=abs(found.projections))
    )
    ends = directions(cases.found(evidence, comparison=positive))[0].ends
    assert [end.sign for end in ends] == [1]


def test_without_examples_members_are_named_by_index():
    end = directions(cases.arrays_only())[0].ends[0]
    assert end.targets[0].id == f"#{end.targets[0].index}"
    assert end.targets[0].label == end.summary == ""


def test_a_table_card_shows_the_columns_that_differ():
    end = directions(cases.full(cases.wine()))[0].ends[0]
    assert "proline" in [column.name for column in end.columns]
    assert len(end.targets[0].cells) == len(end.columns)


def test_a_text_card_highlights_the_words_that_differ():
    end = directions(cases.full(cases.reviews()))[0].ends[0]
    assert end.tokens == ("dreadful",)
    assert ("dreadful", True) in end.targets[0].text


@pytest.mark.parametrize("found", [True, False])
def test_every_direction_is_a_point_and_none_is_hidden(found):
    compared = cases.comparison(cases.digits(), found=found)
    assert [point.number for point in points(compared)] == [1, 2, 3, 4, 5, 6]
    assert sum(point.significant for point in points(compared)) == (2 if found else 0)


def test_a_direction_that_halves_of_the_models_do_not_share_is_called_unstable():
    evidence = cases.full()
    weak = (Reliability(projection_correlation=0.1, train_overlap=0.1),) * 6
    judged = replace(evidence.comparison.judged, reliability=weak)
    shaky = cases.found(evidence, comparison=replace(evidence.comparison, judged=judged))
    assert [card.unstable for card in directions(evidence)] == [False, False]
    assert [card.unstable for card in directions(shaky)] == [True, True]


@pytest.mark.parametrize(("agreement", "said"), [(0.8, "axis unstable"), (0.2, "unstable")])
def test_a_card_tells_an_unstable_axis_from_an_unstable_space(agreement, said):
    compared = cases.comparison(cases.digits())
    weak = (Reliability(projection_correlation=0.1, train_overlap=0.1),) * 6
    judged = replace(compared.judged, reliability=weak, space_agreement=agreement)
    shown = replace(compared, judged=judged).card(0)._repr_html_()
    assert f'<li class="chip warn">{said}</li>' in shown
