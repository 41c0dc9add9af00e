import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from traindiff.datasets import Dataset
from traindiff.datasets.splits import split
from traindiff.errors import InputError

PARTS = ("train", "targets", "verification")


def numbers(counts, groups=None, seed=0):
    """Return examples whose only input is their own number, ``counts[i]`` of class i."""
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    total = len(labels)
    return Dataset(
        name="numbers",
        modality="table",
        inputs=np.arange(total, dtype=float)[:, None],
        labels=labels,
        class_names=tuple(f"class {i}" for i in range(len(counts))),
        ids=tuple(map(str, range(total))),
        columns=("number",),
        metadata={} if groups is None else {"group": np.asarray(groups)},
    )


def parts_of(splits):
    return [getattr(splits, name) for name in PARTS]


@settings(deadline=None, max_examples=50)
@given(
    counts=st.lists(st.integers(2, 40), min_size=2, max_size=8),
    shares=st.tuples(*[st.floats(0.01, 1.0)] * 4),
    seed=st.integers(0, 2**31),
)
def test_every_class_has_its_share_rounded_up_or_down(counts, shares, seed):
    total = sum(counts)
    sizes = [max(1, int(total * share / sum(shares))) for share in shares[:3]]
    assume(sum(sizes) <= total and sizes[0] * min(counts) >= total)
    splits = split(numbers(counts), **dict(zip(PARTS, sizes, strict=True)), seed=seed)
    drawn = np.concatenate([part.inputs[:, 0] for part in parts_of(splits)])
    assert len(np.unique(drawn)) == len(drawn) == sum(sizes)
    for part, size in zip(parts_of(splits), sizes, strict=True):
        assert len(part) == size
        found = np.bincount(part.labels, minlength=len(counts))
        wanted = size * np.array(counts) / total
        assert (np.abs(found - wanted) < 1).all(), (found, wanted)


def test_rounding_moves_as_little_as_it_can():
    # Shares: 5.1 and 0.9 of train and targets, 1.7 and 0.3 of verification.
    splits = split(numbers([17, 3]), train=6, targets=6, verification=2, seed=0)
    found = [np.bincount(part.labels, minlength=2).tolist() for part in parts_of(splits)]
    assert found == [[5, 1], [5, 1], [2, 0]]


def test_the_seed_decides_and_nothing_else():
    data = numbers([30, 20, 10])
    sizes = {"train": 24, "targets": 12, "verification": 6}
    first = split(data, **sizes, seed=3)
    assert first.fingerprint == split(data, **sizes, seed=3).fingerprint
    assert first.fingerprint != split(data, **sizes, seed=4).fingerprint


def test_every_example_is_equally_likely_to_be_trained_on():
    data = numbers([6, 6])
    drawn = [split(data, train=4, targets=1, verification=1, seed=s).train.ids for s in range(300)]
    frequency = np.bincount(np.array(drawn).astype(int).ravel(), minlength=12) / 300
    np.testing.assert_allclose(frequency, 1 / 3, atol=4.5 * np.sqrt(2 / 9 / 300))


def test_examples_keep_the_order_of_the_dataset():
    for part in parts_of(split(numbers([30, 30]), train=20, targets=20, verification=5, seed=0)):
        assert (np.diff(part.inputs[:, 0]) > 0).all()


def test_regression_is_split_without_classes():
    data = Dataset.of(np.arange(20.0)[:, None], np.linspace(0, 1, 20))
    splits = split(data, train=10, targets=6, verification=4, seed=0)
    drawn = np.concatenate([part.inputs[:, 0] for part in parts_of(splits)])
    np.testing.assert_array_equal(np.sort(drawn), np.arange(20))


@settings(deadline=None, max_examples=50)
@given(
    sizes_of_groups=st.lists(st.integers(1, 6), min_size=12, max_size=40),
    seed=st.integers(0, 2**31),
)
def test_no_group_spans_two_parts(sizes_of_groups, seed):
    groups = np.repeat(np.arange(len(sizes_of_groups)), sizes_of_groups)
    total = len(groups)
    data = numbers([total // 2, total - total // 2], groups)
    sizes = {"train": total // 4, "targets": total // 8, "verification": total // 8}
    assume(min(sizes.values()) >= 2)
    splits = split(data, **sizes, seed=seed, group="group")
    seen = [set(part.metadata["group"]) for part in parts_of(splits)]
    assert len(set.union(*seen)) == sum(map(len, seen))
    assert [len(part) for part in parts_of(splits)] == list(sizes.values())


def test_groups_keep_classes_nearly_even():
    data = numbers([150, 50], groups=np.repeat(np.arange(100), 2))
    splits = split(data, train=100, targets=50, verification=40, seed=0, group="group")
    for part in parts_of(splits):
        assert abs(part.labels.mean() - 0.25) <= 0.05


BAD = {
    "too many": ({"train": 30, "targets": 20, "verification": 11}, "has 60 examples, but train 30"),
    "one train": ({"train": 1, "targets": 1, "verification": 1}, "train must .* at least 2"),
    "no target": ({"train": 10, "targets": 0, "verification": 1}, "targets must .* at least 1"),
    "negative": ({"train": 10, "targets": 1, "verification": -1}, "verification must .* found -1"),
    "a share": ({"train": 0.5, "targets": 1, "verification": 1}, "whole number .* found 0.5"),
    "no metadata": (
        {"train": 10, "targets": 1, "verification": 1, "group": "patient"},
        "unknown group 'patient'",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD.keys())
def test_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        split(numbers([30, 20, 10]), **arguments, seed=0)


def test_refuses_a_class_without_a_training_example():
    with pytest.raises(InputError, match=r"'class 1' \(2 of 102 examples of numbers\) .* 4 train"):
        split(numbers([100, 2]), train=4, targets=50, verification=40, seed=0)


def test_refuses_a_named_class_that_nobody_belongs_to():
    with pytest.raises(InputError, match=r"'class 2' \(0 of 20 examples"):
        split(numbers([10, 10, 0]), train=10, targets=5, verification=5, seed=0)


def test_refuses_groups_that_are_too_coarse():
    data = numbers([20, 20], groups=np.repeat([0, 1], 20))
    with pytest.raises(InputError, match="whole groups of 'group' leave 0 examples for"):
        split(data, train=10, targets=5, verification=5, seed=0, group="group")
