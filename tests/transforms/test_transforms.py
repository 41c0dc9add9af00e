import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from transform_cases import EVERY, IMAGE, build, data, names

from traindiff.errors import InputError
from traindiff.transforms.base import Transform
from traindiff.transforms.images import Patch
from traindiff.transforms.kinds import KINDS, from_dict, parse

every_kind = pytest.mark.parametrize("case", EVERY, ids=names)
strengths = st.floats(0, 1)


def test_every_kind_has_a_case():
    assert {case["kind"] for case, _ in EVERY} == set(KINDS)


@every_kind
@settings(max_examples=6, deadline=None)
@given(strength=strengths, count=st.integers(1, 5))
def test_shape_dtype_and_range_are_kept_and_nothing_changes_in_place(case, strength, count):
    transform, held = build(*case, strength=strength)
    inputs = held.inputs[:count]
    before = inputs.copy()
    after = transform.apply(inputs)
    assert_array_equal(inputs, before)
    assert not np.shares_memory(after, inputs)
    assert after.shape == inputs.shape
    assert after.dtype == inputs.dtype
    if case[1] == "image":
        assert after.min() >= 0
        assert after.max() <= 1


@every_kind
def test_strength_0_changes_nothing_and_1_something(case):
    transform, held = build(*case, channels=3)
    assert_array_equal(transform.with_strength(0).apply(held.inputs), held.inputs)
    assert (transform.apply(held.inputs) != held.inputs).any()


@every_kind
def test_the_same_transformation_gives_the_same_inputs_again(case):
    first, held = build(*case)
    second, _ = build(*case)
    assert first == second
    assert_array_equal(first.apply(held.inputs), second.apply(held.inputs))


@every_kind
def test_goes_through_json_and_back(case):
    transform, held = build(*case, strength=0.5)
    again = from_dict(json.loads(json.dumps(transform.to_dict())))
    assert again == transform
    assert_array_equal(again.apply(held.inputs), transform.apply(held.inputs))


@every_kind
def test_placebo_is_of_the_same_strength_and_drawn_by_its_seed(case):
    transform, held = build(*case, strength=0.5)
    placebo = transform.placebo(held, 7)
    assert placebo.strength == 0.5
    assert placebo == transform.placebo(held, 7)
    assert placebo.apply(held.inputs).shape == held.inputs.shape
    assert isinstance(from_dict(placebo.to_dict()), Transform)


@every_kind
def test_describes_itself_on_one_line(case):
    line = build(*case, strength=0.5)[0].describe()
    assert line
    assert "\n" not in line


@pytest.mark.parametrize("case", IMAGE, ids=lambda case: case["kind"])
def test_images_of_any_number_of_channels_and_size(case):
    for channels, side in ((3, (9, 8)), (1, (20, 31)), (3, (5, 6))):
        transform, held = build(case, "image", channels=channels, side=side)
        assert transform.apply(held.inputs).shape == held.inputs.shape


@every_kind
def test_other_modalities_are_refused(case):
    other = {"image": "table", "table": "text", "text": "image"}[case[1]]
    with pytest.raises(InputError, match=f"(holds|change).*{other}"):
        from_dict(case[0]).check(data(other))


def test_reads_what_a_person_writes():
    patch = parse(" patch(x=0, y=0, size=3, value=1.0, strength=0.5) ")
    assert patch == from_dict(
        {"kind": "patch", "x": 0, "y": 0, "size": 3, "value": 1.0, "strength": 0.5}
    )
    assert parse("flip").describe() == "horizontal flip"
    assert parse("tint(colour=(1, 1, 0))") == parse("tint(colour=[1.0, 1.0, 0.0])")
    row = parse("compose(steps=[flip(strength=0.5), shift(dx=1)])")
    assert row.describe() == "horizontal flip, 50% blended in, then shift by 1 px right"


def test_a_file_is_read_by_name(tmp_path, monkeypatch):
    from PIL import Image

    Image.fromarray(np.full((4, 5), 51, np.uint8)).save(tmp_path / "web.png")
    monkeypatch.chdir(tmp_path)
    patch = parse("patch(file=web.png, strength=0.3)")
    assert patch.change.box == (0, 0, 5, 4)
    np.testing.assert_allclose(patch.change.picture.values, 0.2, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flipp", "did you mean 'flip'"),
        ("patch(size=3, strenth=1)", "did you mean 'strength'"),
        ("patch(size=3, siize=1)", "did you mean 'size'"),
        ("flip(axis='horisontal')", "did you mean 'horizontal'"),
        ("flip(strength=1.5)", r"flip: strength must lie in \[0, 1\], found 1.5"),
        ("blur(sigma='big')", "blur: sigma must be a number"),
        ("patch(size=2.5)", "whole number"),
        ("patch(size=True)", "must be a number"),
        ("blur(sigma=1e999)", "blur: sigma must be a finite number, found inf"),
        ("shift(dx='3')", "shift: dx must be a number"),
        ("patch()", "give its size"),
        ("patch(size=2, value=(0, 2))", "value must lie in"),
        ("rectangle(width=2)", "needs the parameter 'height'"),
        ("texture(file=nothing.png)", "no image file 'nothing.png'"),
        ("set(column=age, value=(1, 2))", "value must be a number"),
        ("set(column=3, value=1)", "column must be a piece of text"),
        ("compose(steps=3)", "steps must be a list, found 3"),
        ("compose(steps=[3])", "must be a transformation, found 3"),
        ("compose(steps=[])", "one or more steps"),
        ("compose(steps=[flip, insert(phrase='x')])", "all for the same kind of input"),
        ("flip('vertical')", "expected kind"),
        ("flip(kind='blur')", "expected kind"),
        ("flip(**{'axis': 1})", "expected kind"),
        ("flip + blur", "expected kind"),
        ("__import__('os').system('true')", "expected kind"),
        ("flip(axis=__import__('os'))", "expected kind"),
        ("patch(file=/a/b.png)", "quotes"),
        ("", "expected kind"),
    ],
)
def test_a_mistake_is_explained(text, message):
    with pytest.raises(InputError, match=message):
        parse(text)


def test_parameters_are_kept_in_one_form_however_they_were_given():
    given = Transform(change=Patch(size=np.int64(3), x=1.0, value=[np.float32(0.5), 1]))
    assert given == parse("patch(size=3, x=1, value=(0.5, 1.0))")
    assert [type(v) for v in (given.change.size, given.change.x)] == [int, int]
    assert given.change.value == (0.5, 1.0)
    with pytest.raises(InputError, match="patch: x must be a finite number, found nan"):
        Transform(change=Patch(size=3, x=float("nan")))


def test_a_document_without_a_kind_is_refused():
    with pytest.raises(InputError, match="needs a kind"):
        from_dict({"size": 3})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("patch(x=7, size=3)", "leave the image of 8x9"),
        ("occlude(width=9, height=1)", "leave the image"),
        ("shift(dx=8)", "out of sight"),
        ("tint(colour=(1, 0))", "expected 1 or 3 colour levels, .*found 2"),
    ],
)
def test_what_does_not_fit_the_images_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse(text).check(data("image", channels=3))
