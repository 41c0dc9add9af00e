"""The answer claims what its tests allow, and nothing more."""

from dataclasses import replace

import numpy as np
import pytest
import report_cases as cases

from traindiff.report.content.build import build
from traindiff.report.content.verdict_text import answer, used_differently


def test_a_significant_difference_is_said_with_its_p_value():
    found = build(cases.full()).answer
    assert found.found is True
    assert found.headline == "A and B use their training data differently (p ≤ 0.005)."
    assert found.sentences[0].startswith("2 directions")


def test_a_null_claims_no_direction_no_example_and_gives_power():
    document = build(cases.null())
    said = " ".join((document.answer.headline, *document.answer.sentences))
    assert document.answer.found is False
    assert "No difference found" in said
    assert "not proof" in said
    assert "3,200 models" in said
    assert "tell them apart" not in said
    assert document.directions == ()
    assert (document.train_used_differently, document.targets_explained_differently) == (0, 0)


def test_small_q_values_count_for_nothing_when_the_global_test_fails():
    null = cases.null().comparison
    null = cases.changed(null, train=replace(null.test.train, q_values=np.zeros(cases.N_TRAIN)))
    assert used_differently(null) == (0, 0)


def test_small_p_values_of_directions_count_for_nothing_when_the_global_test_fails():
    evidence = cases.null()
    low = cases.changed(evidence.comparison, p_values=np.full(6, 0.01))
    assert build(cases.found(evidence, comparison=low)).directions == ()


def test_a_published_comparison_is_called_untested():
    document = build(cases.arrays_only("published"))
    assert document.answer.found is None
    assert "untested" in document.answer.headline
    assert not any(point.significant for point in document.points)


def test_a_difference_without_a_direction_says_so():
    evidence = cases.full()
    spread = cases.changed(evidence.comparison, p_values=np.full(6, 0.3))
    document = build(cases.found(evidence, comparison=spread))
    assert document.answer.found is True
    assert document.directions == ()
    assert "No single direction" in " ".join(document.answer.sentences)


@pytest.mark.parametrize(("state", "said"), [("confirmed", "Confirmed"), ("refuted", "The one")])
def test_only_confirmed_transformations_are_told_as_confirmed(state, said):
    verdict = replace(cases.verdicts()[0], state=state)
    sentences = build(cases.full(verdicts=(verdict,))).answer.sentences
    assert sentences[-1].startswith(said)


def test_the_largest_contrast_heads_the_answer_and_is_not_called_confirmed():
    small, _, large = cases.verdicts()
    large = replace(
        large,
        state="contrast",
        contrast="yes",
        difference=large.difference._replace(mean=100 * large.delta),
        limits=("One model.",),
    )
    document = build(cases.full(verdicts=(small, large)))
    said = document.answer.sentences[-1]
    assert said.startswith("A contrast on fresh models")
    assert "1 of 2 tested transformations confirmed, 1 more set A and B apart" in said
    assert [trial.state for trial in document.trials] == ["confirmed", "contrast"]
    assert (document.trials[1].contrast, document.trials[1].limits) == ("yes", ("One model.",))


def test_untested_hypotheses_are_not_in_the_answer_but_among_what_was_not_tested():
    hypothesis = cases.verdicts()[0].hypothesis
    document = build(cases.full(verdicts=(), hypotheses=(hypothesis,)))
    assert document.trials[0].state == "not tested"
    assert "onfirmed" not in " ".join(document.answer.sentences)
    assert any("1 hypothesis" in gap for gap in document.diagnostics.not_tested)


def test_the_level_is_the_comparisons_own():
    strict = cases.changed(cases.full().comparison, level=0.001)
    assert answer(strict, ()).found is False


def test_the_clearest_confirmation_is_told_whatever_its_unit():
    margin, _, _ = cases.verdicts()
    points = replace(
        cases.verdicts()[2],
        state="confirmed",
        difference=margin.difference._replace(mean=0.4),
        delta=0.05,
    )
    said = build(cases.full(verdicts=(margin, points))).answer.sentences[-1]
    assert "the probability of" in said
    assert "2 of 2" in said


def test_a_description_that_quotes_is_not_quoted_again():
    trial = build(cases.full()).trials[0]
    for description, named in (("a patch", "“a patch”"), ("“10/10” inserted", "“10/10” inserted")):
        (*_, said) = answer(
            cases.full().comparison, (replace(trial, description=description),)
        ).sentences
        assert f"unseen inputs: {named} moves" in said


def test_what_does_not_fit_comes_before_any_verdict():
    evidence = cases.full()
    sign = "B's outputs do not follow its masks. Are its rows in one order?"
    doubtful = replace(evidence.comparison, misaligned=(sign,), cautions=("Read this.",))
    told = build(cases.found(evidence, comparison=doubtful)).answer
    assert told.headline == "B's outputs do not follow its masks."
    assert told.sentences[0] == "Are its rows in one order?"
    assert told.sentences[2].startswith("A and B use their training data differently")
    assert told.sentences[-1] == "Read this."
    assert told.misaligned == (sign,)


@pytest.mark.parametrize(("p", "only"), [(0.3, True), (0.005, False)])
def test_a_difference_in_strength_alone_is_said_to_be_one(p, only):
    evidence = cases.full()
    scaled = cases.changed(evidence.comparison, strength=p)
    told = build(cases.found(evidence, comparison=scaled)).answer
    assert told.strength_p_value == p
    assert ("but only in how strongly each target reacts" in told.headline) is only
