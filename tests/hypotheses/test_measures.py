from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.transforms.transform_cases import data

from traindiff.errors import InputError
from traindiff.hypotheses import Hypothesis, measures
from traindiff.transforms.kinds import parse

LOGITS = np.log([[[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]]])
LABELS = np.array([2, 1])


def hypothesis(**changes):
    asked = {"name": "h", "transform": parse("flip"), "author": "me", "output": "margin"}
    return Hypothesis(**asked | changes)


def test_outputs_are_what_their_names_say():
    assert_allclose(measures.measure("probability", LOGITS, LABELS, 0), [[0.2, 0.7]])
    odds = np.log([[0.2 / 0.8, 0.7 / 0.3]])
    assert_allclose(measures.measure("log-odds", LOGITS, LABELS, 0), odds, rtol=1e-6)
    assert_array_equal(measures.measure("rate", LOGITS, LABELS, 0), [[0, 1]])
    assert_allclose(
        measures.measure("margin", LOGITS, LABELS, None), [[0, np.log(0.2 / 0.8)]], atol=1e-6
    )
    assert_allclose(measures.measure("prediction", LOGITS, LABELS, None), LOGITS[..., 0])


def test_slices_divide_the_inputs():
    labels = np.array([0, 1, 2, 1])
    assert_array_equal(measures.select(labels, "all", None), [0, 1, 2, 3])
    assert_array_equal(measures.select(labels, "class", 1), [1, 3])
    assert_array_equal(measures.select(labels, "not-class", 1), [0, 2])


def test_thresholds_follow_the_units_of_margins_but_not_of_probabilities():
    baseline = np.arange(12.0).reshape(3, 4)
    small = measures.thresholds("margin", baseline, baseline)
    large = measures.thresholds("margin", 10 * baseline, 10 * baseline)
    assert_allclose(large, 10 * np.array(small))
    assert small.epsilon < small.delta
    assert measures.thresholds("probability", baseline, baseline) == (0.02, 0.05)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"output": "margins"}, "did you mean 'margin'"),
        ({"output": "prediction"}, "does not fit"),
        ({"output": "probability"}, "name the class"),
        ({"inputs": "class"}, "name the class"),
        ({"class_name": "yess"}, "did you mean 'yes'"),
        ({"transform": parse("patch(size=20)")}, "leave the image"),
    ],
)
def test_a_hypothesis_that_does_not_fit_is_refused(changes, message):
    measures.check(hypothesis(), data("image"))
    with pytest.raises(InputError, match=message):
        measures.check(hypothesis(**changes), data("image"))


def test_regression_has_its_own_outputs():
    held = replace(data("image"), class_names=None, labels=np.arange(12.0))
    measures.check(hypothesis(output="prediction"), held)
    with pytest.raises(InputError, match="does not fit"):
        measures.check(hypothesis(), held)
    assert measures.class_index(hypothesis(), held) is None
