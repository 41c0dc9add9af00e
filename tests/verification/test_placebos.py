import numpy as np
from corner_cases import data
from numpy.testing import assert_array_equal

from traindiff.transforms.kinds import parse
from traindiff.verification.placebos import placebo_contents, placebo_inputs


def test_placebos_differ_between_inputs_and_are_the_same_at_every_strength():
    held, rows = data(), np.arange(10, 60)
    patch = parse("patch(x=4, y=4, size=3)")
    full = placebo_inputs(patch, held, rows, 3)
    corners = full[:, 0, 4:7, 4:7].reshape(50, -1)
    assert len(np.unique(corners.round(4), axis=0)) >= 18
    half = placebo_inputs(patch.with_strength(0.5), held, rows, 3)
    np.testing.assert_allclose(half, (full + held.inputs[rows]) / 2, atol=1e-6)


def test_the_data_stay_as_they_are():
    held = data()
    before = held.inputs.copy()
    placebo_inputs(parse("flip"), held, np.arange(30), 0)
    assert_array_equal(held.inputs, before)


def test_inputs_of_one_content_are_one_unit():
    held, rows = data(), np.arange(10, 60)
    held.inputs[:, :, 4:7, 4:7] = np.arange(200)[:, None, None, None] / 200
    full = placebo_inputs(parse("patch(x=4, y=4, size=3)"), held, rows, 3)
    contents = np.unique(full[:, 0, 5, 5].round(4))
    told = placebo_contents(50)
    assert len(contents) <= len(np.unique(told)) == 20
    for content in range(20):
        assert len(np.unique(full[told == content, 0, 5, 5].round(4))) == 1
