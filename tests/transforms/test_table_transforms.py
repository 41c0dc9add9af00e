import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from transform_cases import data

from traindiff.errors import InputError
from traindiff.transforms.kinds import parse

AGE, SEX, RANK = 0, 1, 2


def apply(text, held):
    return parse(text).bind(held).apply(held.inputs)


def test_set_blends_numbers_and_draws_categories():
    held = data("table", count=1000)
    half = apply("set(column=age, value=10, strength=0.5)", held)
    assert_allclose(half[:, AGE], held.inputs[:, AGE] / 2 + 5)
    assert_array_equal(half[:, SEX:], held.inputs[:, SEX:])
    men = apply("set(column=sex, value=m, strength=0.5)", held)[:, SEX]
    assert set(men) == {0.0, 1.0}
    before = (held.inputs[:, SEX] == 0).sum()
    assert 0.4 < (men == 0).sum() / before < 0.6


def test_permute_keeps_the_values_of_the_column_and_all_others():
    held = data("table")
    after = apply("permute(column=rank)", held)
    assert_array_equal(np.sort(after[:, RANK]), held.inputs[:, RANK])
    assert (after[:, RANK] != held.inputs[:, RANK]).any()
    assert_array_equal(after[:, :RANK], held.inputs[:, :RANK])


def test_shift_and_drop():
    held = data("table")
    moved = apply("shift_column(column=age, by=4, strength=0.5)", held)
    assert_allclose(moved[:, AGE], held.inputs[:, AGE] + 2)
    assert_allclose(apply("drop(column=age)", held)[:, AGE], held.inputs[:, AGE].mean())
    commonest = np.bincount(held.inputs[:, SEX].astype(int)).argmax()
    assert_array_equal(apply("drop(column=sex)", held)[:, SEX], commonest)


def test_a_dropped_column_keeps_the_value_of_the_data_it_was_first_bound_to():
    held = data("table")
    drop = parse("drop(column=age)").bind(held)
    other = held.take(np.arange(3))
    assert_allclose(drop.bind(other).apply(other.inputs)[:, AGE], held.inputs[:, AGE].mean())


def test_a_placebo_permutes_another_column():
    held = data("table")
    placebo = parse("permute(column=age)").bind(held).placebo(held, 0)
    assert placebo.change.column != "age"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("set(column=agee, value=1)", "did you mean 'age'"),
        ("set(column=age, value=old)", "numeric; value must be a number"),
        ("set(column=sex, value=x)", "unknown category 'x': column 'sex': 'f', 'm'"),
        ("shift_column(column=sex, by=1)", "categorical"),
    ],
)
def test_unknown_columns_and_values_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse(text).check(data("table"))


def test_an_unbound_transformation_says_so():
    with pytest.raises(InputError, match=r"bind\(data\)"):
        parse("set(column=age, value=1)").apply(data("table").inputs)
