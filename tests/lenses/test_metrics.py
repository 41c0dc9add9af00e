"""Metrics are scikit-learn's, and their intervals cover what they say they cover."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn import metrics as sk

from traindiff.lenses.predictions.metrics import measure_performance
from traindiff.outputs import Outputs
from traindiff.pair import Pair


def said(margins, labels, n_classes=2):
    """Return outputs of models with these margins, who else name the class after the right one."""
    predictions = np.where(margins > 0, labels, (labels + 1) % n_classes)
    return Outputs(masks=np.eye(len(margins), 9), values=margins, predictions=predictions)


def measured(a, b, labels, names=("no", "yes"), output="margin"):
    return measure_performance(Pair(a, b), labels, names, output=output, seed=0)


@pytest.fixture(scope="module")
def classified():
    rng = np.random.default_rng(0)
    labels = (rng.random(90) < 0.3).astype(int)
    a = rng.normal(1, 1, 90) + rng.normal(0, 0.5, (12, 90))
    return labels, a, rng.normal(0.2, 1, (10, 90))


def test_they_agree_with_scikit_learn(classified):
    labels, *margins = classified
    found = measured(*(said(side, labels) for side in margins), labels)
    for name, side in zip("ab", margins, strict=True):
        odds = np.where(labels == 1, side, -side)
        expected = {
            "accuracy": [sk.accuracy_score(labels, each > 0) for each in odds],
            "balanced accuracy": [sk.balanced_accuracy_score(labels, each > 0) for each in odds],
            "log loss": [sk.log_loss(labels, expit(each)) for each in odds],
            "ROC AUC": [sk.roc_auc_score(labels, each) for each in odds],
        }
        for metric in found.metrics:
            interval = getattr(metric.values, name)
            assert interval.mean == pytest.approx(np.mean(expected[metric.name]), abs=1e-6)
            assert interval.low <= interval.mean <= interval.high
        joined = (odds > 0).astype(int)
        table = sum(sk.confusion_matrix(labels, each, normalize="true") for each in joined)
        np.testing.assert_allclose(getattr(found.confusion, name), table / len(joined), atol=1e-12)
        recalls = sk.recall_score(np.tile(labels, len(joined)), joined.ravel(), average=None)
        precise = sk.precision_score(np.tile(labels, len(joined)), joined.ravel(), average=None)
        for score, recall, precision in zip(found.classes, recalls, precise, strict=True):
            assert getattr(score.recall, name).mean == pytest.approx(recall)
            assert getattr(score.precision, name) == pytest.approx(precision)


def test_both_outputs_that_hold_a_probability_give_the_same(classified):
    labels, a, b = classified
    other = [
        Outputs(masks=each.masks, values=-np.logaddexp(0, -side), predictions=each.predictions)
        for side in (a, b)
        for each in (said(side, labels),)
    ]
    by_margin = measured(said(a, labels), said(b, labels), labels)
    by_probability = measured(*other, labels, output="negative-cross-entropy")
    for one, two in zip(by_margin.metrics, by_probability.metrics, strict=True):
        np.testing.assert_allclose(one.values.a, two.values.a, atol=1e-6)


def test_regression_agrees_with_scikit_learn_whichever_output_is_explained():
    rng = np.random.default_rng(1)
    labels = rng.normal(10, 3, 80)
    predictions = labels + rng.normal(0, [[1.0], [2.0], [1.5]], (3, 80))
    values = Outputs(masks=np.eye(3, 9), values=predictions)
    errors = Outputs(masks=np.eye(3, 9), values=-np.abs(predictions - labels))
    one = measured(values, values, labels, None, "prediction")
    two = measured(errors, errors, labels, None, "negative-error")
    told = np.tile(labels, 3)
    expected = {
        "R²": sk.r2_score(told, predictions.ravel()),
        "RMSE": sk.root_mean_squared_error(told, predictions.ravel()),
        "MAE": sk.mean_absolute_error(told, predictions.ravel()),
    }
    for found in (one, two):
        for metric in found.metrics:
            assert metric.values.a.mean == pytest.approx(expected[metric.name], rel=1e-5)


def test_chance_is_what_knowing_no_input_gives(classified):
    labels = classified[0]
    never = np.where(labels == 1, -3.0, 3.0) * np.ones((6, 1))  # always "no"
    found = measured(said(never, labels), said(never, labels), labels)
    for name in ("accuracy", "balanced accuracy", "ROC AUC"):
        assert found.metric(name).values.a.mean == pytest.approx(found.metric(name).chance)
    assert found.said.a == (1.0, 0.0)
    assert found.classes[1].precision.a is None


def test_intervals_are_as_wide_as_targets_drawn_anew_make_a_metric_vary():
    """The bootstrap of scikit-learn's own metrics is the other implementation."""
    rng = np.random.default_rng(2)
    labels = (rng.random(150) < 0.25).astype(int)
    odds = np.where(labels == 1, 1, -1) * rng.normal(0.8, 1, 150)
    one = said(np.where(labels == 1, odds, -odds)[None].repeat(4, axis=0), labels)
    found = measured(one, one, labels)
    drawn = [rng.integers(0, 150, 150) for _ in range(80)]
    for name, metric in {
        "balanced accuracy": lambda rows: sk.balanced_accuracy_score(labels[rows], odds[rows] > 0),
        "ROC AUC": lambda rows: sk.roc_auc_score(labels[rows], odds[rows]),
        "log loss": lambda rows: sk.log_loss(labels[rows], expit(odds[rows])),
    }.items():
        interval = found.metric(name).values.a
        spread = np.std([metric(rows) for rows in drawn])
        assert interval.high - interval.low == pytest.approx(2 * 1.96 * spread, rel=0.3)


def test_too_little_is_no_number(classified):
    labels, a, b = classified
    assert measured(said(a[:1], labels), said(b, labels), labels) is None
    values = Outputs(masks=np.eye(3, 9), values=np.ones((3, 4)))
    assert measured(values, values, np.ones(4), None, "prediction") is None
    assert measured(values, values, np.arange(4.0), None, "own") is None
    many = tuple(map(str, range(30)))
    found = measured(said(a, labels, 30), said(b, labels, 30), labels, many)
    assert not found.classes
    assert found.confusion is None
