import numpy as np
import pytest
import torch
from lens_cases import CLASSES, ensembles, p_value
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression, Ridge
from torch import nn

from traindiff import InputError, Outputs
from traindiff.datasets import Dataset
from traindiff.lenses import Predictions, look, look_through
from traindiff.lenses.exhibits import Curve, Examples, Table


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("models", [3, 5, 10, 40])
def test_a_against_a_is_rarely_called_a_difference(models, paired):
    runs = 200 if models < 40 else 60
    found = np.array(
        [
            p_value(*ensembles(rng(i), models, paired=paired)[:2], paired=paired, seed=i)
            for i in range(runs)
        ]
    )
    # As many as would be found in one test of a thousand at a rate of 5%.
    assert (found <= 0.05).sum() <= binom.isf(1e-3, runs, 0.05)
    assert found.max() > 0.5


@pytest.mark.parametrize("paired", [False, True])
def test_a_class_flipped_in_a_region_is_found_from_ten_models(paired):
    found = [
        p_value(*ensembles(rng(i), 10, paired=paired, flipped=6)[:2], paired=paired, seed=i)
        for i in range(20)
    ]
    assert max(found) <= 0.05


def test_the_order_of_models_changes_nothing():
    a, b, labels = ensembles(rng(), 10, flipped=3)
    order = rng(1).permutation(10)
    first = look(a, b, (None, labels), relabellings=99)
    second = look(a[order], b[::-1], (None, labels), relabellings=99)
    assert (first.value, first.p_value, first.band) == (second.value, second.p_value, second.band)


def test_the_order_of_pairs_changes_nothing():
    a, b, labels = ensembles(rng(), 10, paired=True, flipped=1)
    order = rng(1).permutation(10)
    first = look(a, b, (None, labels), paired=True, relabellings=99)
    second = look(a[order], b[order], (None, labels), paired=True, relabellings=99)
    assert (first.value, first.p_value, first.band) == (second.value, second.p_value, second.band)
    assert first.paired


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize(("count", "other"), [(4, 4), (12, 12), (12, 9)])
def test_swapping_a_and_b_leaves_value_and_p(count, other, paired):
    if paired and count != other:
        pytest.skip("pairs are of two")
    a, b, labels = ensembles(rng(), count, other=other, paired=paired, flipped=1)
    there = look(a, b, (None, labels), paired=paired, relabellings=99)
    back = look(b, a, (None, labels), paired=paired, relabellings=99)
    assert there.p_value == back.p_value
    assert there.value == pytest.approx(back.value)
    assert there.band.high == pytest.approx(back.band.high)


def test_the_value_is_what_two_loops_find():
    a, b, labels = ensembles(rng(), 4, other=3, flipped=5)

    def mean(one, other):
        return np.mean([(x != y).mean() for i, x in one for j, y in other if i != j])

    left, right = list(enumerate(a)), [(10 + i, y) for i, y in enumerate(b)]
    expected = mean(left, right) - (mean(left, left) + mean(right, right)) / 2
    assert look(a, b, (None, labels)).value == pytest.approx(expected)


def test_partners_that_are_alike_do_not_lower_the_value():
    values = []
    for i in range(20):
        a, b, labels = ensembles(rng(i), 6, paired=True)
        b[:] = a  # as alike as partners can be
        values.append(look(a, b, (None, labels), paired=True).value)
    np.testing.assert_allclose(values, 0, atol=1e-12)


def test_with_three_a_side_the_smallest_p_is_said():
    a, b, labels = ensembles(rng(), 3, flipped=30)
    found = look(a, b, (None, labels))
    assert found.p_value == found.smallest_p == 1 / 10
    assert "allow no p-value below 0.1" in found.note
    assert found.significant is False
    assert found.control is None


def test_pairs_are_swapped_and_not_mixed():
    a, b, labels = ensembles(rng(), 5, paired=True, flipped=30)
    found = look(a, b, (None, labels), paired=True)
    assert found.p_value == found.smallest_p == 1 / 2**4
    assert found.band.draws == 15
    assert "5 and 5 models in pairs allow no p-value below 0.062" in found.note


@pytest.mark.parametrize(("count", "other"), [(1, 1), (2, 2), (2, 5)])
def test_fewer_than_three_a_side_have_exhibits_and_no_p_value(count, other):
    a, b, labels = ensembles(rng(), count, other=other, flipped=10)
    found = look(a, b, (None, labels))
    assert (found.p_value, found.q_value, found.band, found.control) == (None,) * 4
    assert found.note == "no band: give at least 3 models a side."
    assert found.significant is None
    assert found.value > 0
    assert [type(each) for each in found.exhibits] == [Table, Examples]
    assert " p " not in repr(found)


def test_exhibits_name_the_examples_that_changed():
    a, b, labels = ensembles(rng(), 12, flipped=4)
    table, examples = look(a, b, (None, labels)).exhibits
    assert set(examples.indices[:4]) == {0, 1, 2, 3}
    assert examples.rows[0][-1] < 0.05
    accuracy = {row[0]: row[1] for row in table.rows}
    assert accuracy["accuracy of A"] == pytest.approx((a == labels).mean())


def test_probabilities_add_calibration():
    a, b, labels = ensembles(rng(), 6)
    sure = [0.8 * np.eye(CLASSES)[side] + 0.2 / CLASSES for side in (a, b)]
    found = look(*sure, (None, labels))
    curve = next(each for each in found.exhibits if isinstance(each, Curve))
    assert [line.name for line in curve.lines] == ["A", "B"]
    np.testing.assert_allclose(curve.lines[0].x, 0.8 + 0.2 / CLASSES, atol=1e-6)
    assert found.value == pytest.approx(look(a, b, (None, labels)).value)


def test_without_labels_what_is_said_is_compared():
    a, b, _ = ensembles(rng(), 5, flipped=4)
    table, examples = look(a, b).exhibits
    assert set(examples.indices[:4]) == {0, 1, 2, 3}
    assert [row[0] for row in table.rows] == [
        "A and B disagree",
        "models of A disagree",
        "models of B disagree",
    ]


def test_lenses_share_their_relabellings_and_are_corrected_together():
    a, b, labels = ensembles(rng(), 8, flipped=2)
    one = look(a, b, (None, labels), relabellings=99)
    two = look_through(a, b, (None, labels), lenses=["predictions"] * 2, relabellings=99)
    assert [each.band for each in two] == [one.band] * 2
    assert [each.q_value for each in two] == [one.p_value] * 2


def fitted(count, seed, columns=slice(None)):
    x, y = rng(9).normal(size=(200, 3)), rng(9).normal(size=(200, 3))
    labels = (x[:, 0] + 0.5 * y[:, 0] > 0).astype(int)
    models = []
    for i in range(count):
        rows = rng(seed + i).choice(200, 100, replace=False)
        models.append(LogisticRegression().fit(x[rows], labels[rows]))
    return models, x, labels


def test_estimators_callables_modules_and_arrays_say_the_same():
    (a, x, y), b = fitted(3, 0), fitted(3, 50)[0]

    def module(model):
        layer = nn.Linear(3, 2)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(np.vstack([0 * model.coef_, model.coef_])))
            layer.bias.copy_(torch.tensor([0, model.intercept_[0]]))
        return nn.Sequential(layer, nn.Dropout(0.9)).train()

    forms = [
        (a, b),
        ([m.predict_proba for m in a], [m.predict_proba for m in b]),
        ([m.predict for m in a], [m.predict for m in b]),
        ([module(m) for m in a], [module(m) for m in b]),
        (np.stack([m.predict_proba(x) for m in a]), [m.predict_proba(x) for m in b]),
        (np.stack([m.predict(x) for m in a]), [m.predict(x) for m in b]),
        (a, [module(m) for m in b]),
    ]
    found = [look(*form, (x, y)) for form in forms]
    np.testing.assert_allclose([each.value for each in found], found[0].value)
    assert {each.p_value for each in found} == {found[0].p_value}
    assert all(each.training for pair in forms[3] for m in pair for each in m.modules())


def test_names_of_classes_are_matched():
    (_, x, y), names = fitted(3, 0), np.array(["no", "yes"])
    named = [LogisticRegression().fit(x[i::3], names[y[i::3]]) for i in range(3)]
    numbers = [LogisticRegression().fit(x[i::3], y[i::3]) for i in range(3)]
    data = Dataset(
        name="two",
        modality="table",
        inputs=x,
        labels=y,
        class_names=("no", "yes"),
        ids=tuple(map(str, range(200))),
        columns=("u", "v", "w"),
    )
    told = [look(named, named, each) for each in ((x, names[y]), data)]
    told += [look(numbers, numbers, each) for each in ((x, y), data)]
    told.append(look([m.predict for m in named], [m.predict for m in named], (x, names[y])))
    assert len({each.exhibits[0].rows[0] for each in told}) == 1
    with pytest.raises(InputError, match="A was fitted on"):
        look(named, numbers, (x, y))


def test_outputs_are_paired_by_their_masks():
    a, b, labels = ensembles(rng(), 8, paired=True)
    masks = rng().random((8, 30)) < 0.5

    def outputs(said, masks):
        return Outputs(masks=masks, values=np.zeros(said.shape), predictions=said)

    assert look(outputs(a, masks), outputs(b, masks), (None, labels)).paired
    assert not look(outputs(a, masks), outputs(b, masks[::-1]), (None, labels)).paired
    everything = np.ones((8, 30), bool)
    assert not look(outputs(a, everything), outputs(b, everything), (None, labels)).paired


def test_regression_is_measured_in_variances_of_the_label():
    x = rng().normal(size=(100, 2))
    y = x @ [1.0, 2.0] + 0.1 * rng(1).normal(size=100)
    a = [Ridge().fit(x[i::4], y[i::4]) for i in range(4)]
    b = [Ridge().fit(x[i::4, :1].repeat(2, 1), y[i::4]) for i in range(4)]
    found = look(a, [lambda z, m=m: m.predict(z[:, :1].repeat(2, 1)) for m in b], (x, y))
    scaled = look(
        *(np.stack([1000 * m.predict(x) for m in side]) for side in (a, a)), (x, 1000 * y)
    )
    assert 0.5 < found.value < 2
    assert found.p_value == found.smallest_p
    assert scaled.value == pytest.approx(look(a, a, (x, y)).value)
    assert [type(each) for each in found.exhibits] == [Table, Examples]


def test_a_lens_can_ask_further_inputs_in_the_order_of_its_models():
    seen = []

    class Curious(Predictions):
        def prepare(self, models):
            seen.append((models.ask(models.questions.inputs), models.answers))
            return super().prepare(models)

    (a, x, y), b = fitted(3, 0), fitted(3, 50)[0]
    look(a, b, (x, y), lens=Curious())
    again, first = seen[0]
    np.testing.assert_array_equal(again.predictions, first.predictions)


def test_names_on_one_side_and_logits_on_the_other_meet_in_the_labels():
    a, b, labels = ensembles(rng(), 4)
    same = look(a.astype(str), np.eye(3)[b], (None, labels.astype(str)))
    assert same.value == pytest.approx(look(a, b, (None, labels)).value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, b: (a, b[:, :50]), r"same examples, found A: 60, B: 50, labels: 60"),
        (lambda a, b: (a, b.astype(float)), "B predicts values and A classes"),
        (lambda a, b: (np.eye(3)[a], np.eye(4)[b]), "same classes, found A 3, B 4 classes"),
        (
            lambda a, b: (np.where(a == 2, np.nan, 1.0), b * 1.0),
            r"model \d of A says NaN or infinity about example \d+: leave out",
        ),
        (lambda a, b: ([], b), "at least one model"),
        (lambda a, b: (3, b), "a model must be a callable, .* found int"),
        (lambda a, b: (lambda x: x, b), "models can only answer about inputs"),
        (lambda a, b: (a[None, None], b), r"found shape \(1, 1, 4, 60\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, message):
    a, b, labels = ensembles(rng(), 4)
    sides = change(a, b)
    with pytest.raises(InputError, match=message):
        look(*sides, (None, labels))


def test_bad_settings_are_refused():
    a, b, labels = ensembles(rng(), 4, other=5)
    with pytest.raises(InputError, match="as many of A as of B, found 4 and 5"):
        look(a, b, (None, labels), paired=True)
    with pytest.raises(InputError, match="did you mean 'predictions'"):
        look(a, b, (None, labels), lens="prediction")
    with pytest.raises(InputError, match="relabellings must be at least 1"):
        look(a, b, (None, labels), relabellings=0)
