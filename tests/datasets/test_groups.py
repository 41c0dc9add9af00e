import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traindiff import InputError
from traindiff.datasets.groups import Groups
from traindiff.training import draw_masks

values = st.lists(st.integers(0, 4), min_size=2, max_size=30).filter(lambda v: len(set(v)) > 1)


@given(values)
def test_a_mask_over_groups_takes_or_leaves_whole_groups(found):
    groups = Groups.of(found)
    masks = draw_masks(5, len(groups), 0.5, 0)
    expanded = groups.expand(masks)
    assert expanded.shape == (5, len(found))
    for mask, wide in zip(masks, expanded, strict=True):
        for index in range(len(groups)):
            assert set(wide[groups.members == index]) == {mask[index]}


@given(values)
def test_sums_add_up_each_group_on_the_last_axis(found):
    groups = Groups.of(found)
    scores = np.random.default_rng(0).normal(size=(2, 3, len(found)))
    sums = groups.sums(scores)
    assert sums.shape == (2, 3, len(groups))
    for index in range(len(groups)):
        np.testing.assert_allclose(sums[..., index], scores[..., groups.members == index].sum(-1))
    np.testing.assert_allclose(sums.sum(-1), scores.sum(-1))


def test_groups_of_one_change_nothing():
    groups = Groups.of(np.arange(6))
    masks = draw_masks(4, 6, 0.5, 0)
    np.testing.assert_array_equal(groups.expand(masks), masks)
    scores = np.random.default_rng(0).normal(size=(3, 6))
    np.testing.assert_array_equal(groups.sums(scores), scores)


def test_names_follow_the_order_of_values():
    groups = Groups.of(["web", "books", "web"])
    assert groups.names == ("books", "web")
    assert (len(groups), groups.n_train) == (2, 3)


def test_who_belongs_together_is_the_identity_not_what_it_is_called():
    one, other = Groups.of(["a", "b", "b"]), Groups.of([1, 2, 2])
    assert one.fingerprint == other.fingerprint != Groups.of([1, 1, 2]).fingerprint


@pytest.mark.parametrize(
    ("names", "members", "message"),
    [
        (("a",), [0, 0], "at least 2 groups"),
        (("a", "a"), [0, 1], "different names"),
        (("a", "b"), [0, 0], r"every index in \[0, 2\)"),
        (("a", "b"), [0, 2], r"every index in \[0, 2\)"),
        (("a", "b"), [-1, 0], r"every index in \[0, 2\)"),
        (("a", "b"), [[0, 1]], "group index of each training example"),
        (("a", "b"), [0.0, 1.0], "group index of each training example"),
    ],
)
def test_groups_that_no_subset_could_tell_apart_are_refused(names, members, message):
    with pytest.raises(InputError, match=message):
        Groups(names=names, members=np.array(members))


def test_groups_of_other_data_are_refused():
    with pytest.raises(InputError, match="groups has 3 training examples, the data 4"):
        Groups.of([1, 2, 2]).check(4)


def test_prints_one_line():
    groups = Groups.of([*"aab"] * 400)
    assert repr(groups) == "Groups(2 groups of 1,200 training examples)"
