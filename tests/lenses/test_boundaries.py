"""Boundaries: exact invariances, planted derivations, and what can't be asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traindiff import InputError
from traindiff.lenses import Answers, Boundaries, derived_from, look
from traindiff.lenses.boundaries.distances import decision_distances, similarity
from traindiff.lenses.boundaries.neighbours import NEIGHBOURS, neighbours


def rng(seed=0):
    return np.random.default_rng(seed)


def answers(logits):
    return Answers(predictions=logits.argmax(-1), logits=logits)


def vectors(seed, models=3, pairs=30, classes=5):
    return rng(seed).normal(size=(2, models, pairs, classes))


def linear(truth, noise, seed):
    weights = truth + noise * rng(seed).normal(size=truth.shape)
    return lambda inputs: np.tanh(inputs @ weights[0]) @ weights[1]


def models(truth, count, seed, noise=0.3):
    return [linear(truth, noise, (seed, i)) for i in range(count)]


TRUTH, OTHER = rng(1).normal(size=(2, 2, 8, 8))
INPUTS = rng(2).normal(size=(150, 8))


@settings(max_examples=20)
@given(st.integers(0, 99), st.floats(0.01, 100))
def test_order_of_classes_scale_and_offset_of_logits_change_nothing(seed, scale):
    here, there = vectors(seed)
    order, offset = rng(seed).permutation(5), rng(seed).normal(size=(3, 30, 1))
    plain = decision_distances(answers(here), answers(there))
    changed = decision_distances(
        answers(scale * here[..., order] + offset), answers(scale * there[..., order] - offset)
    )
    np.testing.assert_allclose(changed, plain, atol=1e-9)


@given(st.integers(0, 99))
def test_a_model_is_like_itself_and_no_one_is_more_alike(seed):
    found = similarity(decision_distances(*map(answers, vectors(seed))))
    np.testing.assert_allclose(np.diag(found), 1)
    np.testing.assert_allclose(found, found.T)
    assert ((found >= 0) & (found <= 1)).all()


def test_the_distance_is_one_minus_the_correlation_of_logits():
    here, there = vectors(0)
    expected = 1 - np.corrcoef(here[1, 7], there[1, 7])[0, 1]
    assert decision_distances(answers(here), answers(there))[1, 7] == pytest.approx(expected)


@pytest.mark.parametrize("columns", [1, 2])
def test_values_and_two_classes_move_by_their_difference(columns):
    z = rng().normal(size=(2, 3, 30))
    values = [Answers(predictions=each) for each in z]
    logits = [answers(np.stack([-each, each], -1)) for each in z]
    found = similarity(decision_distances(*(values if columns == 1 else logits)))
    np.testing.assert_allclose(found, similarity(np.abs(z[0] - z[1])))


def test_models_that_never_move_are_alike_and_like_no_other():
    moved = np.vstack([np.zeros((2, 9)), rng().random((1, 9))])
    np.testing.assert_allclose(similarity(moved), [[1, 1, 0], [1, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_neighbours_differ_from_their_inputs_and_stay_in_range(kind):
    inputs = np.concatenate([rng().random((50, 4)), np.ones((50, 1))], axis=1).astype(np.float32)
    here, there, chosen = neighbours(inputs, kind=kind, most=20, seed=0)
    np.testing.assert_array_equal(here, inputs[chosen])
    assert len(here) == 20
    assert there.dtype == np.float32
    assert (there != here).any(axis=1).all()
    assert (there[:, 4] == 1).all()  # what never varies stays
    assert (there >= inputs.min(0)).all()
    assert (there <= inputs.max(0)).all()


def test_another_function_is_found_and_the_same_one_is_not():
    a, b = models(TRUTH, 6, 0), models(TRUTH, 6, 1)
    assert look(a, b, INPUTS, lens="boundaries").p_value > 0.05
    found = look(a, models(OTHER, 6, 2), INPUTS, lens="boundaries")
    assert found.p_value <= 0.01
    assert [each.kind for each in found.exhibits] == ["table", "examples"]
    similar = dict(found.exhibits[0].rows)
    assert similar["A and B"] < min(similar["models of A"], similar["models of B"])


def test_two_models_have_exhibits_and_no_band():
    found = look(*models(TRUTH, 2, 0), INPUTS, lens=Boundaries(neighbours="mix-up"))
    assert found.p_value is None
    assert found.note.startswith("no band")
    assert len(found.exhibits) == 2


def test_a_copy_is_told_from_both_bands_and_a_sibling_from_the_unrelated_only():
    parent = linear(TRUTH, 0.3, 50)
    copy = linear(TRUTH, 0.3, 50)
    unrelated = [linear(rng(100 + i).normal(size=TRUTH.shape), 0.3, i) for i in range(5)]
    bands = {"unrelated": unrelated, "same_data": models(TRUTH, 5, 3)}
    found = derived_from(copy, parent, INPUTS, **bands)
    assert found.similarity == pytest.approx(1)
    assert found.answer.startswith("Derived")
    assert found.unrelated.p_value == found.same_data.p_value == 1 / 6
    sibling = derived_from(bands["same_data"][0], parent, INPUTS, **bands)
    assert "derived from the parent or trained on its data" in sibling.answer
    alone = derived_from(copy, parent, INPUTS, unrelated=unrelated)
    assert "which nothing here tells apart" in alone.answer
    stranger = derived_from(unrelated[0], parent, INPUTS, **bands)
    assert stranger.answer.startswith("No sign")


def test_models_of_other_classes_can_be_compared():
    parent = linear(TRUTH, 0.3, 50)
    fewer = [lambda x, i=i: linear(OTHER, 0.1, i)(x)[:, :5] for i in range(4)]
    relabelled = derived_from(lambda x: parent(x)[:, ::-1], parent, INPUTS, unrelated=fewer)
    assert relabelled.similarity == pytest.approx(1)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda a: look(rng().normal(size=(3, 150, 4)), a, INPUTS, lens="boundaries"), "stored"),
        (lambda a: look([lambda x: x[:, 0] > 0] * 3, a[:1], INPUTS, lens="boundaries"), "logits"),
        (lambda a: look(a, a, INPUTS, lens=Boundaries(neighbours="near")), "unknown kind"),
        (lambda a: look(a, a, INPUTS, lens=Boundaries(pairs=0)), "whole number of at least 1"),
        (lambda a: look(a, a, INPUTS[:1], lens="boundaries"), "at least 2 inputs"),
        (lambda a: derived_from(a[0], a[1], INPUTS, unrelated=a[:2]), "at least 3 models, found 2"),
        (
            lambda a: derived_from(a[0], a[1], INPUTS, unrelated=a, same_data=a[:1]),
            "same_data must hold at least 3",
        ),
        (
            lambda a: derived_from(lambda x: x * np.nan, a[1], INPUTS, unrelated=a),
            "NaN or infinity",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, message):
    a = [lambda x, f=f: f(x)[:, :4] for f in models(TRUTH, 3, 0)]
    with pytest.raises(InputError, match=message):
        ask(a)
