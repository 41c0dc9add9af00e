import numpy as np
import pytest
from planted_cases import plant

from traindiff.datamodels import fit_datamodels, learning_curve
from traindiff.errors import InputError


def test_more_models_do_better_as_extrapolated():
    data = plant(m=4000, n=150, targets=20, relevant=10, r2=0.4)
    few = learning_curve(data.outputs.take(slice(0, 800)), "difference")
    many = fit_datamodels(data.outputs, "difference")
    assert (np.diff(few.lds) > 0).all()
    np.testing.assert_array_equal(few.sizes, [80, 160, 320, 640])
    np.testing.assert_allclose(few.at(many.n_models), many.lds.mean, atol=0.06)
    # √0.4 as a Spearman correlation of normal variables.
    np.testing.assert_allclose(few.limit, 6 / np.pi * np.arcsin(np.sqrt(0.4) / 2), atol=0.1)


def test_the_number_of_models_for_a_score_gives_that_score():
    curve = learning_curve(plant(m=600).outputs, "ridge", sizes=[50, 150, 400])
    wanted = 0.9 * curve.limit
    needed = curve.models_for(wanted)
    assert curve.at(needed) >= wanted > curve.at(needed * 0.9)
    assert curve.models_for(curve.limit) is None
    assert curve.models_for(0) is None


def test_the_last_point_is_the_fit_itself():
    data = plant(m=400)
    curve = learning_curve(data.outputs, "lasso", seed=2)
    whole = fit_datamodels(data.outputs, "lasso", seed=2)
    assert curve.lds[-1] == pytest.approx(whole.lds.mean, abs=1e-6)
    assert curve.sizes[-1] == whole.n_models


def test_nothing_to_learn_promises_nothing():
    data = plant(m=300, targets=4)
    data.values[:] = -data.values[::-1]
    data.values[:] = 1
    curve = learning_curve(data.outputs, "difference")
    assert (curve.limit, curve.models_for(0.1)) == (0, None)
    assert curve.at(1000) == 0


@pytest.mark.parametrize("sizes", [[100], [1, 50], [50, 241], [50, 50]])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(InputError, match="sizes must hold at least two different numbers"):
        learning_curve(plant().outputs, "lasso", sizes=sizes)
