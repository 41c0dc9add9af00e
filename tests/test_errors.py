import math

import pytest

from traindiff.errors import InputError, at_least, between, one_of


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
