import numpy as np
import pytest
from difference_cases import pair

from traindiff.comparison.scale import candidate_scales
from traindiff.comparison.whitening import prepare


def candidates(seed, **settings):
    a, b = pair(seed, models=(200, 200), snr=3.0, **settings)
    problem = prepare(a, b, paired=True)
    return problem, candidate_scales(problem, 0.3, 0, lambda count: None)


@pytest.mark.parametrize("scale_b", [0.4, 1.0, 1.7])
@pytest.mark.parametrize("noise_b", [1.0, 2.0])
def test_the_true_scale_is_close_to_a_candidate(scale_b, noise_b):
    # With 200 models and signal/noise 3 the best fit has a standard error of about 1%.
    _, scales = candidates(0, scale_b=scale_b, noise_b=noise_b)
    assert np.abs(scales * scale_b - 1).min() < 0.03


def test_the_ratio_of_spreads_is_a_candidate():
    problem, scales = candidates(1)
    assert np.isclose(scales, problem.scale_guess()).any()
    assert (np.diff(scales) > 0).all()


def test_candidates_lie_within_one_and_a_half_octaves_of_the_ratio_of_spreads():
    problem, scales = candidates(2, noise_b=3.0)
    assert np.abs(np.log2(scales / problem.scale_guess())).max() <= 1.5 + 1e-9


def test_the_scale_follows_the_units_of_b():
    for factor in (0.01, 100.0):
        _, scales = candidates(3)
        _, scaled = candidates(3, scale_b=factor)
        np.testing.assert_allclose(scaled * factor, scales, rtol=5e-3)
