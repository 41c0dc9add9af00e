import json

import numpy as np
import pytest

from traindiff.algorithms.described import code_hash, plain
from traindiff.errors import InputError


def test_settings_become_json():
    settings = {
        "flag": True,
        "size": np.int64(3),
        "rate": np.float32(0.5),
        "bound": np.inf,
        "shape": (2, 3),
        "prior": np.array([0.25, 0.75]),
        "nothing": None,
        7: np.log1p,
    }
    described = plain(settings)
    assert json.loads(json.dumps(described, allow_nan=False)) == {
        "flag": True,
        "size": 3,
        "rate": 0.5,
        "bound": "inf",
        "shape": [2, 3],
        "prior": {"dtype": "<f8", "values": [0.25, 0.75]},
        "nothing": None,
        "7": "<ufunc 'log1p'>",
    }


def test_long_arrays_are_told_apart():
    # The repr of an array leaves out its middle.
    long = np.zeros(10_000)
    other = long.copy()
    other[5_000] = 1
    assert plain(long) != plain(other)


@pytest.mark.parametrize("value", [object(), lambda x: x, {"deep": [object()]}])
def test_refuses_memory_addresses(value):
    with pytest.raises(InputError, match="its repr holds a memory address"):
        plain(value)


def test_code_is_told_by_its_file():
    assert code_hash(plain) == code_hash(code_hash) != code_hash(json.dumps)
    assert code_hash(InputError) is not None
    assert code_hash(len) is None
