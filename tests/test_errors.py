import math

import numpy as np
import pytest

from traindiff.errors import InputError, at_least, between, one_of, positive, whole


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, -math.inf])
def test_a_number_outside_its_range_is_named_with_the_range(value):
    with pytest.raises(InputError, match=r"share must lie in \[0, 1\], found"):
        between("share", value, 0, 1)


def test_ends_count_unless_strictly_between_is_asked():
    between("share", 0, 0, 1)
    between("share", 1, 0, 1)
    for end in (0, 1):
        with pytest.raises(InputError, match="level must lie between 0 and 1, found"):
            between("level", end, 0, 1, strictly=True)


@pytest.mark.parametrize("value", [0, math.nan, -math.inf])
def test_a_lower_bound_holds_for_nan_too(value):
    with pytest.raises(InputError, match="directions must be at least 1, found"):
        at_least("directions", value, 1)


def test_an_unknown_name_is_answered_with_the_near_one():
    assert one_of("kind", "torch", ["torch", "sklearn"], "kinds") == "torch"
    with pytest.raises(InputError, match="did you mean 'torch'"):
        one_of("kind", "troch", ["torch", "sklearn"], "kinds")


def test_below_leaves_the_upper_end_out():
    between("momentum", 0, 0, 1, below=True)
    with pytest.raises(InputError, match=r"momentum must lie in \[0, 1\), found 1\."):
        between("momentum", 1, 0, 1, below=True)


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_positive_is_above_zero_and_finite(value):
    positive("rate", 0.1)
    with pytest.raises(InputError, match="rate must be a positive number, found"):
        positive("rate", value)


@pytest.mark.parametrize("value", [0, 2.5, np.float64(3), math.nan])
def test_a_count_is_whole(value):
    whole("epochs", np.int64(3))
    with pytest.raises(InputError, match="epochs must be a whole number of at least 1 epoch"):
        whole("epochs", value, of=" epoch")


@pytest.mark.parametrize(
    "check",
    [
        lambda value: between("x", value, 0, 1),
        lambda value: at_least("x", value, 0),
        lambda value: positive("x", value),
        lambda value: whole("x", value),
    ],
)
@pytest.mark.parametrize("value", ["1", None, True])
def test_what_is_no_number_is_shown_as_python_writes_it(check, value):
    with pytest.raises(InputError, match=f"found {value!r}"):
        check(value)
