import functools
import json

import numpy as np
import pytest

from traindiff.errors import InputError
from traindiff.identity import check_identity, code_hash, code_identity, plain


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


class Kept:
    """An object that can be called, and a class whose methods can be."""

    def __call__(self):
        return self

    @staticmethod
    def alone():
        return 1


def enclosing(value):
    return lambda: value


def inside():
    def function(value=3):
        return value

    return function


def repeated():
    return 1


first, typed_in = repeated, {}


def repeated():
    return 2


exec("def typed(): return 1", typed_in)

NAMELESS = {
    "partial": functools.partial(enclosing, 1),
    "partial with a name": functools.update_wrapper(functools.partial(enclosing, 1), enclosing),
    "lambda": lambda: 1,
    "closure": enclosing(1),
    "within a function": inside(),
    "object": Kept(),
    "bound method": Kept().__call__,
    "one whose name another took": first,
    "typed in": typed_in["typed"],
    "compiled": len,
}


@pytest.mark.parametrize("code", NAMELESS.values(), ids=NAMELESS)
def test_code_that_its_name_and_file_do_not_tell_from_others_needs_a_version(code):
    with pytest.raises(InputError, match=r"taken for another, unnoticed.*or give a version"):
        check_identity(code, None, "features")
    check_identity(code, "1", "features")


@pytest.mark.parametrize("code", [repeated, Kept, Kept.alone, json.dumps, np.pad, plain])
def test_functions_and_classes_of_a_file_need_none(code):
    check_identity(code, None, "features")
    assert code_identity(code)["name"].endswith(f":{code.__qualname__}")
    assert code_identity(code)["code"] == code_hash(code)
