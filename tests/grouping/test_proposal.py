import json

import numpy as np
import pytest
from grouping_cases import planted_scores, table
from hypothesis import given
from hypothesis import strategies as st

from traindiff import InputError
from traindiff.grouping.attributions import FromAttributions
from traindiff.grouping.base import Grouping, Proposal
from traindiff.grouping.column import FromColumn
from traindiff.grouping.counts import check_count, check_models, group_count
from traindiff.grouping.inputs import FromInputs
from traindiff.grouping.partition import numbered_groups, partition
from traindiff.grouping.pilot import FromPilot
from traindiff.grouping.shown import shown
from traindiff.store import MemoryStore


@pytest.mark.parametrize("kind", [FromAttributions, FromColumn, FromInputs, FromPilot])
def test_every_kind_keeps_the_protocol(kind):
    assert issubclass(kind, Grouping)


@given(st.integers(20, 2000), st.integers(8, 10**6))
def test_models_can_tell_apart_as_many_groups_as_are_chosen(models, examples):
    count = group_count(models, examples)
    assert 2 <= count <= 32
    assert 2 * count <= models
    assert 4 * count <= examples
    check_count(count, examples)
    if models >= 32 and examples >= 64:
        assert count >= 16


@pytest.mark.parametrize(
    ("groups", "models", "message"),
    [(24, 40, "24 groups need at least 48 models a side"), (6, 40, "20 different halves")],
)
def test_groups_that_no_subset_of_models_can_tell_apart_are_refused(groups, models, message):
    with pytest.raises(InputError, match=message):
        check_models(groups, models)


def test_one_group_is_refused():
    with pytest.raises(InputError, match="groups must be at least 2"):
        check_count(1, 50)
    with pytest.raises(InputError, match="all training examples fall into one group"):
        numbered_groups(partition(np.zeros((50, 3)), 8, 0).members)


def test_more_groups_than_examples_are_refused():
    with pytest.raises(InputError, match="51 are asked for, of 50"):
        check_count(51, 50)


def test_fewer_different_points_than_parts_make_fewer_parts():
    found = partition(np.repeat(np.eye(3), 20, axis=0), 10, 0)
    assert found.count == 3
    np.testing.assert_array_equal(found.members, np.repeat([0, 1, 2], 20))


def test_a_near_empty_part_is_merged_into_its_nearest():
    rng = np.random.default_rng(0)
    near = rng.normal(size=(40, 2))
    far = near + np.array([50, 0])
    points = np.vstack([near, far, [[65, 0]]])
    members = partition(points, 3, 0).members
    assert np.bincount(members).tolist() == [40, 41]
    assert members[-1] == members[40]


@pytest.mark.parametrize("seed", range(5))
def test_parts_are_numbered_in_the_order_of_their_first_points(seed):
    points = np.random.default_rng(seed).normal(size=(40, 2))
    members = partition(points, 5, seed).members
    _, first = np.unique(members, return_index=True)
    assert (np.diff(first) > 0).all()


def test_a_proposal_survives_the_store():
    scores, _ = planted_scores()
    made = FromAttributions(scores=scores).propose(table(np.zeros(120, int)), count=10, seed=0)
    store = MemoryStore()
    store.save_arrays("groups", "x", made.arrays(), made.about())
    about = json.loads(json.dumps(made.about()))
    again = Proposal.restored(store.load_arrays("groups", "x"), about)
    assert again.groups.fingerprint == made.groups.fingerprint
    assert (again.groups.names, again.how) == (made.groups.names, made.how)
    pattern = np.arange(20.0)
    np.testing.assert_array_equal(again.members(2, pattern), made.members(2, pattern))


def test_what_holds_a_group_together_is_said_with_its_q_value():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 60)
    site = np.where(np.arange(120) % 60 < 30, "north", "south")
    far = 10 * (site == "south")[:, None] + rng.normal(size=(120, 1))
    data = table(labels, far, metadata={"site": site})
    told = shown(data, FromInputs().propose(data, count=4, seed=0))
    assert [group.size for group in told] == [30] * 4
    traits = {(trait.name, trait.value) for trait in told[0].traits}
    assert {("site", "north"), ("label", "a")} <= traits
    assert all(trait.q_value < 0.01 for group in told for trait in group.traits)
    members = set(np.flatnonzero((labels == 0) & (site == "north")).astype(str))
    assert set(told[0].exemplars) <= members
    json.dumps([group.document() for group in told])


def test_groups_of_other_data_are_not_shown():
    data = table([0, 1] * 10, np.random.default_rng(0).normal(size=(20, 1)))
    proposal = FromInputs().propose(data, count=4, seed=0)
    with pytest.raises(InputError, match="20 training examples, the data 19"):
        shown(data.take(np.arange(19)), proposal)
