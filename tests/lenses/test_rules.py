"""Rules: a planted box in words, fidelity on fresh points, and what has no rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from traindiff import InputError
from traindiff.datasets import Dataset
from traindiff.lenses import DecisionRules, look
from traindiff.lenses.rules.cuts import Rows, best_cut, impurities
from traindiff.lenses.rules.fidelity import covered, measured
from traindiff.lenses.rules.regions import EVERYWHERE
from traindiff.lenses.rules.trees import Growth, Trunk, joint_trees, partition, tree


def rng(seed=0):
    return np.random.default_rng(seed)


def planted(values):
    """A shared boundary, and a box in which B says the other class."""
    a = (values[:, 0] > 0.5).astype(int)
    box = (values[:, 1] > 0.7) & (values[:, 2] < 0.3)
    return np.stack([a, np.where(box, 1 - a, a)])


def ensembles(seed, models, *, inputs=400, box=True, noise=0.05):
    values = rng(7).random((inputs, 4))
    a, b = planted(values)
    wrong = rng(seed).random((2, models, inputs)) < noise
    return a ^ wrong[0], (b if box else a) ^ wrong[1], values


def test_a_planted_box_is_covered_on_fresh_points():
    values, fresh = rng(0).random((4000, 4)), rng(1).random((20_000, 4))
    grown = joint_trees(Rows.of(values, planted(values)), Growth(depth=4, least=1))
    found = list(grown.differences(EVERYWHERE))
    a, b = planted(fresh)
    fidelity = measured(covered([region for region, _ in found], fresh), a != b)
    assert fidelity.precision >= 0.95
    assert fidelity.recall >= 0.95
    assert len(found) <= 6


def test_a_boundary_that_both_have_is_cut_once():
    # Its one cut leaves A impure: after a cut that settles A, each would go on alone.
    values = rng(0).random((2000, 4))
    a = ((values[:, 0] > 0.5) & (values[:, 3] > 0.2)).astype(int)
    b = np.where((values[:, 1] > 0.7) & (values[:, 2] < 0.3), 1 - a, a)
    grown = joint_trees(Rows.of(values, np.stack([a, b])), Growth(depth=5))
    assert isinstance(grown, Trunk)
    assert grown.cut.feature == 0
    assert abs(grown.cut.threshold - 0.5) < 0.01


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.integers(1, 4))
def test_regions_are_disjoint_and_lose_no_input(seed, depth):
    values = rng(seed).integers(6, size=(60, 3)).astype(float)
    codes = rng(seed + 1).integers(3, size=(4, 60))
    rows, beyond = Rows.of(values, codes), rng(seed).integers(-4, 16, size=(200, 3)) / 2
    cells = partition(rows, Growth(depth=depth))
    assert (sum(cell.holds(beyond).astype(int) for cell in cells) == 1).all()
    joint = [r for r, _ in joint_trees(rows, Growth(depth=depth)).differences(EVERYWHERE)]
    assert (np.sum([region.holds(beyond) for region in joint], axis=0) <= 1).all()


@given(st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_the_best_cut_is_scikit_learns(seed):
    values, codes = rng(seed).normal(size=(50, 3)), rng(seed + 1).integers(3, size=(1, 50))
    codes[0, values[:, 1] > 0.3] = 0
    rows = Rows.of(values, codes)
    stump = DecisionTreeClassifier(max_depth=1, criterion="entropy").fit(values, codes[0]).tree_
    found = best_cut(impurities(rows, 1)[0], rows)
    left = stump.n_node_samples[1] / 50
    expected = left * stump.impurity[1] + (1 - left) * stump.impurity[2]
    assert found.impurity == pytest.approx(expected)
    assert found.threshold == pytest.approx(stump.threshold[0])


def test_a_deep_tree_of_one_model_says_what_it_says():
    values, codes = rng(0).normal(size=(200, 3)), rng(1).integers(3, size=(1, 200))
    said = np.full(200, -1)
    for region, label in tree(Rows.of(values, codes), Growth(depth=50, least=1)).leaves(EVERYWHERE):
        said[region.holds(values)] = label
    np.testing.assert_array_equal(said, codes[0])


def test_neither_equal_rows_nor_constant_models_break_a_tree():
    values = np.zeros((30, 2))
    codes = np.stack([np.zeros(30, int), rng().integers(2, size=30)])
    assert len(list(joint_trees(Rows.of(values, codes), Growth()).differences(EVERYWHERE))) <= 1
    same = joint_trees(Rows.of(rng().random((30, 2)), codes[[1, 1]]), Growth())
    assert list(same.differences(EVERYWHERE)) == []


def test_numbers_next_to_each_other_can_be_cut_between():
    low = 0.1
    values = np.array([[low]] * 4 + [[np.nextafter(low, 1)]] * 4)
    rows = Rows.of(values, np.repeat([[0, 1]], 4, axis=1))
    left, right = rows.split(best_cut(impurities(rows, 1)[0], rows))
    assert (len(left), len(right)) == (4, 4)


def test_a_box_is_found_from_six_models_and_told_in_words():
    a, b, values = ensembles(0, 6)
    data = Dataset.of(
        values, rng().integers(2, size=400), ("no", "yes"), columns=("u", "v", "w", "z")
    )
    found = look(a, b, data, lens="rules")
    assert found.p_value <= 0.01
    rules, fidelity = found.exhibits
    assert len(rules.rules) == 2
    for rule in rules.rules:
        assert {condition.strip("0123456789. ≤")[0] for condition in rule.conditions} >= {"v", "w"}
        assert rule.precision > 0.9
        assert {rule.a.split()[0], rule.b.split()[0]} == {"no", "yes"}
    assert [row[0] for row in fidelity.rows] == [
        "joint trees",
        "two separate trees",
        "one tree on where they differ",
        "every input",
    ]
    assert fidelity.rows[0][3] > 0.9


def test_without_a_box_nothing_is_found():
    found = [look(*ensembles(i, 5, box=False), lens="rules").p_value for i in range(12)]
    assert np.mean(np.array(found) <= 0.05) <= 0.25
    assert np.median(found) > 0.2


def test_two_models_have_rules_and_no_band():
    a, b, values = ensembles(0, 1, noise=0)
    found = look(a, b, values, lens="rules")
    assert found.p_value is None
    assert found.note.startswith("no band")
    assert found.value > 0.9
    assert found.exhibits[0].rules[0].a in ("0 (100% of votes)", "1 (100% of votes)")


def test_equal_models_have_no_rule():
    a, _, values = ensembles(0, 3)
    found = look(a, a, values, lens="rules")
    assert found.exhibits[0].rules == ()
    assert found.exhibits[1].rows[0][:4] == ("joint trees", None, None, 0.0)
    same = np.ones((3, 400), int)
    assert look(same, same, values, lens="rules").value == 0


def test_pictures_are_described_and_categories_named():
    labels, colour = rng(1).integers(2, size=(1, 300)), rng(2).choice(["blue", "green", "red"], 300)
    a = np.repeat(labels, 3, axis=0)
    b = np.where(colour == "green", 1 - a, a)
    lens = DecisionRules(described={"colour": colour, "size": rng(3).random(300), "y": labels[0]})
    rules = look(a, b, np.zeros((300, 3, 4, 4)), lens=lens).exhibits[0].rules
    assert all("colour is green" in rule.conditions for rule in rules)
    assert all(rule.precision == 1 for rule in rules)


def test_labels_of_any_sign_are_classes():
    a, b, values = ensembles(0, 3, noise=0)
    found = look(2 * a - 1, 2 * b - 1, values, lens="rules")
    assert found.exhibits[0].rules[0].a.split()[0] in ("-1", "1")


@pytest.mark.parametrize(
    ("sides", "data", "lens", "message"),
    [
        (np.ones((2, 3, 40)) / 3, np.ones((40, 2)), "rules", "needs predicted classes"),
        (np.ones((2, 3, 40), int), np.ones((40, 2, 2)), "rules", "columns that a person can read"),
        (np.ones((2, 3, 40), int), None, "rules", "columns that a person can read"),
        (np.ones((2, 3, 10), int), np.ones((10, 2)), "rules", "at least 20 inputs"),
        (np.ones((2, 3, 40), int), np.full((40, 2), np.nan), "rules", "'column 0' holds NaN"),
        (
            np.ones((2, 3, 40), int),
            None,
            DecisionRules(described={"u": np.ones(39), "v": np.ones(40)}),
            "a value for each input",
        ),
    ],
)
def test_what_has_no_rule_is_refused(sides, data, lens, message):
    with pytest.raises(InputError, match=message):
        look(*sides, data, lens=lens)
