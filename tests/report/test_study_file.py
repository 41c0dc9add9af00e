"""A study file that is written gives back the settings it was written from."""

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traindiff.report.content.study_file import study_file
from traindiff.study.demo import demo_settings

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))

characters = st.characters(exclude_categories=["Cs"])
scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(characters, max_size=8),
)
keys = st.text(characters, max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(keys, values, max_size=4))
def test_whatever_was_written_is_read_again(written):
    assert tomllib.loads(study_file(written)) == written


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_written_with_their_sections(example):
    study = tomllib.loads(example.read_text())
    written = study_file(study)
    assert tomllib.loads(written) == study
    assert "\n[data]\n" in written


def test_the_demos_file_is_a_study():
    assert tomllib.loads(study_file(demo_settings(null=False))) == demo_settings(null=False)


def test_infinity_survives():
    assert tomllib.loads(study_file({"x": math.inf})) == {"x": math.inf}
