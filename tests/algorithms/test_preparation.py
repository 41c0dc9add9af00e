import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.algorithms.torch_cases import table

from traindiff.algorithms.preparation import Preparation, deviation


@pytest.mark.parametrize("constant", [0.1, -1e9 / 3, 1e-300, 0.0])
def test_a_constant_column_becomes_zero_and_another_value_of_it_stays_small(constant):
    data = table(1000)
    inputs = data.inputs.copy()
    inputs[:, 2] = constant
    prepare = Preparation.fit(dataclasses.replace(data, inputs=inputs))
    assert np.abs(prepare(inputs)[:, 1]).max() < 1e-6
    other = inputs.copy()
    other[:, 2] += 0.5
    np.testing.assert_allclose(prepare(other)[:, 1], 0.5, rtol=1e-5)


@given(
    value=st.floats(-1e12, 1e12),
    examples=st.integers(1, 3000),
)
def test_the_deviation_of_a_constant_is_one(value, examples):
    assert deviation(np.full(examples, value)) == 1


@given(middle=st.floats(-1e6, 1e6), spread=st.floats(1e-3, 1e3))
def test_any_other_is_the_standard_deviation(middle, spread):
    values = middle + spread * np.array([[-1.0, 0.0], [1.0, 3.0]])
    np.testing.assert_array_equal(deviation(values), values.std(axis=0))
