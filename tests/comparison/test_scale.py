import numpy as np
import pytest
from difference_cases import pair, prepared

from traindiff import Outputs


def candidates(seed, **settings):
    a, b = pair(seed, models=(200, 200), snr=3.0, **settings)
    problem = prepared(a, b, paired=True, shrinkage=0.3)
    return problem, problem.scales(0, lambda count: None)


@pytest.mark.parametrize("scale_b", [0.4, 1.0, 1.7])
@pytest.mark.parametrize("noise_b", [1.0, 2.0])
def test_the_true_scale_is_close_to_a_candidate(scale_b, noise_b):
    # With 200 models and signal/noise 3 the best fit has a standard error of about 1%.
    _, found = candidates(0, scale_b=scale_b, noise_b=noise_b)
    assert np.abs(found.scales * scale_b - 1).min() < 0.03
    assert abs(found.shown * scale_b - 1) < 0.03


def test_far_scales_are_tried_where_one_side_is_much_noisier():
    # Signal/noise 3 and 15 times the noise: the ratio of spreads is 2.3 octaves from the truth.
    problem, found = candidates(4, noise_b=15.0)
    assert np.log2(problem.scale_guess()) < -2
    assert np.abs(found.scales - 1).min() < 0.1


def test_without_anything_in_common_the_ratio_of_spreads_is_shown():
    rng = np.random.default_rng(5)
    masks = rng.permuted(np.tile([0, 1], (200, 20)), axis=1)
    only_a = masks @ rng.normal(size=(40, 25)) + rng.normal(size=(200, 25))
    a = Outputs(masks=masks, values=only_a)
    b = Outputs(masks=masks, values=rng.normal(size=(200, 25)))
    problem = prepared(a, b, paired=True, shrinkage=0.3)
    found = problem.scales(0, lambda count: None)
    assert found.shown == pytest.approx(problem.scale_guess())


def test_the_ratio_of_spreads_is_a_candidate():
    problem, found = candidates(1)
    assert np.isclose(found.scales, problem.scale_guess()).any()
    assert (np.diff(found.scales) > 0).all()


def test_candidates_lie_within_one_and_a_half_octaves_of_the_ratio_of_spreads():
    problem, found = candidates(2, noise_b=1.5)
    assert np.abs(np.log2(found.scales / problem.scale_guess())).max() <= 1.5 + 1e-9


def test_the_scale_follows_the_units_of_b():
    for factor in (0.01, 100.0):
        _, found = candidates(3)
        _, scaled = candidates(3, scale_b=factor)
        np.testing.assert_allclose(scaled.scales * factor, found.scales, rtol=5e-3)
        assert scaled.shown * factor == pytest.approx(found.shown, rel=5e-3)
