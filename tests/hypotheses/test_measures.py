from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.transforms.transform_cases import data

from traindiff.errors import InputError
from traindiff.hypotheses import Aim, Hypothesis
from traindiff.hypotheses.measures import Measure
from traindiff.pair import Pair
from traindiff.transforms.kinds import parse

LOGITS = np.log([[[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]]])
LABELS = np.array([2, 1])


def hypothesis(**changes):
    aim = {key: changes.pop(key) for key in ("output", "class_name", "inputs") if key in changes}
    asked = {"name": "h", "transform": parse("flip"), "author": "me"}
    return Hypothesis(**asked | changes, aim=Aim(**{"output": "margin"} | aim))


def measured(output, class_index=None):
    return Measure(output=output, class_index=class_index).of(LOGITS, LABELS)


def test_outputs_are_what_their_names_say():
    assert_allclose(measured("probability", 0), [[0.2, 0.7]])
    odds = np.log([[0.2 / 0.8, 0.7 / 0.3]])
    assert_allclose(measured("log-odds", 0), odds, rtol=1e-6)
    assert_array_equal(measured("rate", 0), [[0, 1]])
    assert_allclose(measured("margin"), [[0, np.log(0.2 / 0.8)]], atol=1e-6)
    assert_allclose(measured("prediction"), LOGITS[..., 0])


def test_slices_divide_the_inputs():
    labels = np.array([0, 1, 2, 1])
    one = Measure(output="margin", class_index=1)
    assert_array_equal(one.select(labels), [0, 1, 2, 3])
    assert_array_equal(replace(one, inputs="class").select(labels), [1, 3])
    assert_array_equal(replace(one, inputs="not-class").select(labels), [0, 2])


def test_thresholds_follow_the_units_of_margins_but_not_of_probabilities():
    baseline = np.arange(12.0).reshape(3, 4)
    margin, probability = Measure(output="margin"), Measure(output="probability", class_index=0)
    small = margin.thresholds(Pair(baseline, baseline))
    large = margin.thresholds(Pair(10 * baseline, 10 * baseline))
    assert_allclose(large, 10 * np.array(small))
    assert small.epsilon < small.delta
    assert probability.thresholds(Pair(baseline, baseline)) == (0.02, 0.05)


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
    hypothesis().check(data("image"))
    with pytest.raises(InputError, match=message):
        hypothesis(**changes).check(data("image"))


def test_regression_has_its_own_outputs():
    held = replace(data("image"), class_names=None, labels=np.arange(12.0))
    hypothesis(output="prediction").check(held)
    with pytest.raises(InputError, match="does not fit"):
        hypothesis().check(held)
    assert Aim(output="prediction").bind(held).class_index is None
