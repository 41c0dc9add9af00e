import numpy as np
import pytest

from traindiff import InputError, Outputs
from traindiff.outputs import confidence

GIVEN = {
    "masks": np.eye(3, 4, dtype=bool),
    "values": np.zeros((3, 2)),
    "predictions": np.zeros((3, 2), int),
}


def test_the_confidence_is_the_largest_softmax():
    logits = np.random.default_rng(0).normal(size=(3, 5, 4)) * 3
    exponents = np.exp(logits)
    expected = exponents.max(axis=-1) / exponents.sum(axis=-1)
    np.testing.assert_allclose(confidence(logits), expected, rtol=1e-3)


def test_huge_logits_give_certainty_and_equal_ones_a_share():
    np.testing.assert_array_equal(confidence(np.array([[[1e30, 0.0], [7.0, 7.0]]])), [[1, 0.5]])


def test_taking_models_takes_their_confidences():
    sure = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    taken = Outputs(**GIVEN, confidences=sure).take([2, 0])
    np.testing.assert_array_equal(taken.confidences, sure[[2, 0]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"confidences": np.zeros((3, 3))}, "shape of values"),
        ({"confidences": np.zeros((3, 2)), "predictions": None}, "with predictions"),
        ({"confidences": np.full((3, 2), 1.5)}, "from 0 to 1"),
        ({"confidences": np.full((3, 2), np.nan)}, "from 0 to 1"),
        ({"confidences": np.zeros((3, 2), int)}, "real numbers"),
    ],
)
def test_what_is_no_probability_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        Outputs(**{**GIVEN, **change})


def test_outputs_print_one_line():
    rng = np.random.default_rng(0)
    out = Outputs(masks=rng.random((1200, 3)) < 0.5, values=rng.normal(size=(1200, 2)))
    assert repr(out) == (
        "Outputs(1,200 models: masks over 3 training examples, values of 2 targets)"
    )
    said = np.zeros((1200, 2), dtype=int)
    told = Outputs(masks=out.masks, values=out.values, predictions=said)
    assert repr(told).endswith("2 targets, predictions)")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_ids": [1, 2, 3]}, "each of the 4 columns of masks"),
        ({"train_ids": [1, 2, 2, 3]}, "'2' stands 2 times"),
        ({"target_ids": [0.5, 1.5]}, "texts or whole numbers, found float64"),
        ({"labels": [1]}, "one for each of the 2 targets"),
    ],
)
def test_names_must_fit(change, message):
    with pytest.raises(InputError, match=message):
        Outputs(**GIVEN, **change)


def test_names_go_with_what_they_name():
    given = Outputs(**GIVEN, train_ids=list("wxyz"), target_ids=[7, 8], labels=[0, 1])
    assert given.take([0]).train_ids.tolist() == list("wxyz")
    turned = given.columns(np.arange(4)[::-1], np.array([1, 0]))
    assert turned.train_ids.tolist() == list("zyxw")
    assert turned.target_ids.tolist() == ["8", "7"]
    assert turned.labels.tolist() == [1, 0]
    np.testing.assert_array_equal(turned.masks, given.masks[:, ::-1])
