import numpy as np
import pytest

from traindiff import InputError, Outputs
from traindiff.lenses.predictions.agreement import measure_agreement

LABELS = np.arange(30) % 3


def predicting(accuracy, seed, models=40):
    """Models that are right with a known probability, and else say another class."""
    rng = np.random.default_rng(seed)
    wrong = rng.random((models, 30)) >= accuracy
    predictions = (LABELS + wrong * rng.integers(1, 3, size=wrong.shape)) % 3
    masks = rng.random((models, 10)) < 0.5
    return Outputs(masks=masks, values=rng.normal(size=(models, 30)), predictions=predictions)


def test_accuracies_lie_in_their_intervals():
    # 1,200 independent predictions a side; a 95% interval misses the truth in 5% of
    # seeds, and these are fixed.
    found = measure_agreement(predicting(0.9, 0), predicting(0.6, 1), LABELS, seed=0)
    assert found.accuracy.a.low < 0.9 < found.accuracy.a.high
    assert found.accuracy.b.low < 0.6 < found.accuracy.b.high
    assert found.accuracy_difference.low < 0.3 < found.accuracy_difference.high
    mean = found.accuracy.a.mean - found.accuracy.b.mean
    assert found.accuracy_difference.mean == pytest.approx(mean)


def test_accuracies_of_targets_average_to_the_accuracy():
    a, b = predicting(0.9, 0), predicting(0.6, 1)
    found = measure_agreement(a, b, LABELS, seed=0)
    assert found.target_accuracy.a.shape == (30,)
    assert found.target_accuracy.a.mean() == pytest.approx(found.accuracy.a.mean)
    np.testing.assert_allclose(found.target_accuracy.b, (b.predictions == LABELS).mean(axis=0))


def test_an_ensemble_agrees_with_itself_entirely():
    a = predicting(0.8, 0)
    found = measure_agreement(a, a, LABELS, seed=0)
    assert found.disagreement.mean == 0
    assert found.accuracy_difference.mean == 0
    assert found.self_disagreement.a.mean > 0


def test_independent_models_of_one_recipe_disagree_as_much_as_two_of_another():
    # Both disagreements estimate 1 − 0.8² − 2 · 0.1² = 0.34; standard error below 0.02.
    found = measure_agreement(predicting(0.8, 0), predicting(0.8, 1), LABELS, seed=0)
    for each in (found.disagreement, found.self_disagreement.a, found.self_disagreement.b):
        assert each.mean == pytest.approx(0.34, abs=0.06)


def test_different_numbers_of_models_compare_the_first_ones():
    a, b = predicting(0.8, 0, models=41), predicting(0.7, 1, models=25)
    found = measure_agreement(a, b, LABELS, seed=0)
    expected = (a.predictions[:25] != b.predictions).mean()
    assert found.disagreement.mean == pytest.approx(expected)


def test_the_same_seed_gives_the_same_intervals():
    a, b = predicting(0.9, 0), predicting(0.6, 1)
    first, second = (measure_agreement(a, b, LABELS, seed=3) for _ in range(2))
    assert first.accuracy.a == second.accuracy.a
    assert first.disagreement == second.disagreement


def test_missing_predictions_are_refused():
    a = predicting(0.9, 0)
    bare = Outputs(masks=a.masks, values=a.values)
    for pair in ((a, bare), (bare, a)):
        with pytest.raises(InputError, match="needs the predicted classes of both"):
            measure_agreement(*pair, LABELS, seed=0)


def test_another_number_of_labels_is_refused():
    a = predicting(0.9, 0)
    with pytest.raises(InputError, match="expected 30 labels, one a target, found 29"):
        measure_agreement(a, a, LABELS[:-1], seed=0)


def test_confidences_are_compared_with_accuracy():
    a = predicting(0.8, 0)
    sure = np.full(a.values.shape, 0.9)
    told = Outputs(masks=a.masks, values=a.values, predictions=a.predictions, confidences=sure)
    found = measure_agreement(told, a, LABELS, seed=0)
    expected = 0.9 - found.accuracy.a.mean
    assert found.calibration.a.overconfidence.mean == pytest.approx(expected)
    assert found.calibration.b is None


def test_changes_are_those_of_the_pairs():
    a, b = predicting(0.9, 0), predicting(0.6, 1)
    found = measure_agreement(a, b, LABELS, seed=0)
    assert found.changes.p_value < 1e-6
    difference = found.changes.only_right.a.mean - found.changes.only_right.b.mean
    assert difference == pytest.approx(found.accuracy_difference.mean)
