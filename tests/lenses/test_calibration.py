import numpy as np
import pytest

from traindiff.lenses.predictions.calibration import measure_calibration


def drawn(seed, models=50, targets=200, shift=0.0):
    """Confidences, and hits that come true with that probability less a shift."""
    rng = np.random.default_rng(seed)
    sure = rng.uniform(0.5, 1.0, size=(models, targets))
    return sure, rng.random(sure.shape) < sure - shift


def test_models_as_sure_as_right_are_calibrated():
    # 10,000 independent predictions: a standard error of 0.4% in all, 1.4% a bin.
    found = measure_calibration(*drawn(0), seed=0)
    assert found.overconfidence.low < 0 < found.overconfidence.high
    assert found.calibration_error < 0.02


def test_overconfidence_is_measured_in_probability():
    found = measure_calibration(*drawn(0, shift=0.2), seed=0)
    assert found.overconfidence.mean == pytest.approx(0.2, abs=0.015)
    assert found.overconfidence.low > 0
    assert found.calibration_error == pytest.approx(0.2, abs=0.015)


def test_bins_are_ordered_and_average_to_the_whole():
    sure, hits = drawn(1, models=7, targets=13)
    found = measure_calibration(sure, hits, seed=0)
    assert len(found.confidence) == 10
    assert (np.diff(found.confidence) > 0).all()
    sizes = [len(part) for part in np.array_split(np.arange(sure.size), 10)]
    assert np.average(found.accuracy, weights=sizes) == pytest.approx(hits.mean())
    assert np.average(found.confidence, weights=sizes) == pytest.approx(sure.mean())


def test_overconfidence_in_one_half_is_not_made_up_for_by_the_other():
    sure = np.full((20, 40), 0.8)
    sure[:, 20:] = 0.9
    hits = np.zeros(sure.shape, bool)
    hits[:, :20] = True  # surer where always wrong
    found = measure_calibration(sure, hits, seed=0)
    assert found.calibration_error == pytest.approx((0.2 + 0.9) / 2)


def test_half_precision_and_few_predictions():
    sure = np.array([[0.75, 0.5], [1.0, 0.25]], dtype=np.float16)
    found = measure_calibration(sure, np.array([[True, False], [True, True]]), seed=0)
    assert np.isfinite(found.overconfidence).all()
    assert len(found.confidence) == 4
