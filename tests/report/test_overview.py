"""What was compared stands at the top, and what makes it unfit beside the verdict."""

from dataclasses import replace

import numpy as np
import pytest
import report_cases as cases

from traindiff.lenses.predictions.metrics import measure_performance
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.report.content.build import build
from traindiff.report.content.overview import cautions, data
from traindiff.report.render import markdown, page

NAMES = ("no", "yes")


def cautions_of(a, b, labels, names=NAMES, output="margin"):
    """Return what stands beside the verdict on models with these predictions."""
    sides = Pair(a, b).map(
        lambda said: Outputs(
            masks=np.eye(len(said), 9),
            values=np.where(said == labels, 1.0, -1.0) if names else said,
            predictions=said if names else None,
        )
    )
    found = measure_performance(sides, labels, names, output=output, seed=0)
    evidence = cases.full(performance=found, settings={})
    return cautions(evidence, replace(data(evidence), classes=names or ()))


@pytest.fixture(scope="module")
def labels():
    return (np.arange(160) % 4 == 0).astype(int)  # "yes" of a quarter


def test_the_recipes_differ_in_what_the_settings_say():
    document = build(cases.full())
    assert not document.recipes.same
    assert document.recipes.sentence.startswith("A and B differ in augment ([] against ")
    html = page.render(document, None)
    assert html.index('class="differ"') < html.index('id="answer"')
    assert "differ in augment" in markdown.render(document)


def test_the_same_recipe_twice_is_said_beside_the_verdict():
    same = {**cases.SETTINGS, "b": {**cases.SETTINGS["a"], "name": "another name"}}
    document = build(cases.full(settings=same))
    assert document.recipes.same
    assert document.cautions[0].startswith("A and B are the same recipe")
    assert "same recipe" in markdown.render(document)
    assert page.render(document, None).count("A and B are the same recipe") == 0  # tinted names
    assert page.render(document, None).count("are the same recipe") == 3


def test_arrays_have_no_recipes():
    assert build(cases.arrays_only()).recipes is None
    assert build(cases.arrays_only()).cautions == ()


def test_good_models_are_not_doubted(labels):
    right = np.where(np.random.default_rng(0).random((8, 160)) < 0.95, labels, 1 - labels)
    assert cautions_of(right, right, labels) == ()


def test_a_side_that_answers_one_class_is_named(labels):
    right = np.tile(labels, (8, 1))
    (caution,) = cautions_of(right, np.zeros((8, 160), int), labels)
    assert caution.startswith("B says 'no' of every target")


def test_a_side_no_better_than_the_largest_class_is_named(labels):
    guessed = (np.random.default_rng(1).random((8, 160)) < 0.25).astype(int)
    (caution,) = cautions_of(guessed, np.tile(labels, (8, 1)), labels)
    assert caution.startswith("A is right on ")
    assert "75.0%" in caution


def test_a_regression_no_better_than_the_mean_is_named():
    values = np.random.default_rng(2).normal(size=160)
    near = values + np.random.default_rng(3).normal(0, 0.1, (4, 160))
    (caution,) = cautions_of(near, 0 * near, values, names=None, output="prediction")
    assert caution.startswith("B predicts no better than the mean")


def test_the_notes_of_reading_stand_with_the_data():
    evidence = cases.full()
    train = replace(evidence.splits.train, notes=("3 of 9 rows left out.",))
    document = build(replace(evidence, splits=replace(evidence.splits, train=train)))
    assert document.data.notes == ("3 of 9 rows left out.",)
    assert "3 of 9 rows left out." in page.render(document, None)
