import numpy as np
import pytest
from grouping_cases import table
from sklearn.ensemble import RandomForestClassifier

from traindiff import Dataset, InputError
from traindiff.grouping.column import FromColumn
from traindiff.grouping.embeddings import Leaves, columns, words
from traindiff.grouping.inputs import FromInputs


def blobs(per=30, classes=2):
    """Each class has a near and a far half, by the first column."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(classes), 2 * per)
    far = np.tile(np.repeat([0, 1], per), classes)
    return table(
        labels, np.column_stack([10 * far, np.zeros(len(far))]) + rng.normal(size=(len(far), 2))
    ), far


def test_groups_are_alike_inputs_of_one_class():
    data, far = blobs()
    found = FromInputs().propose(data, count=4, seed=0)
    assert sorted(found.groups.names) == ["a, 1", "a, 2", "b, 1", "b, 2"]
    for group in range(4):
        rows = found.groups.members == group
        assert len({*zip(data.labels[rows], far[rows], strict=True)}) == 1


def test_larger_classes_get_more_groups():
    data = table([0] * 90 + [1] * 10, np.random.default_rng(0).normal(size=(100, 2)))
    names = FromInputs().propose(data, count=5, seed=0).groups.names
    assert sum(name.startswith("a") for name in names) == 4
    assert "b" in names


def test_classes_stay_whole_where_there_are_more_of_them_than_groups():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(8), 10)
    data = table(labels, 10 * (labels // 4)[:, None] + rng.normal(size=(80, 1)))
    found = FromInputs().propose(data, count=2, seed=0)
    assert found.groups.names == ("a, b, c, d", "e, f, g, h")
    np.testing.assert_array_equal(found.groups.members, labels // 4)


def test_of_a_regression_alike_labels_are_together():
    rng = np.random.default_rng(0)
    data = Dataset(
        name="made",
        modality="table",
        inputs=rng.normal(size=(80, 2)),
        labels=rng.normal(size=80),
        class_names=None,
        ids=tuple(map(str, range(80))),
        columns=("x", "y"),
    )
    found = FromInputs().propose(data, count=4, seed=0)
    means = [data.labels[found.groups.members == group].mean() for group in range(4)]
    assert "lowest quarter" in found.groups.names
    assert np.ptp(means) > 1.5


def test_a_categorys_column_weighs_as_much_as_a_numbers():
    inputs = np.column_stack([np.arange(12) % 3, 100 * np.arange(12)])
    data = table([0, 1] * 6, inputs, categories=(("r", "g", "b"), None))
    points = columns(data)
    assert points.shape == (12, 4)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.square(points[:, :3]).sum(axis=1).mean(), 1)
    np.testing.assert_allclose(np.square(points[:, 3]).mean(), 1)


def test_texts_of_the_same_words_are_near():
    texts = ["the cat sat", "a cat sat down", "stocks fell today", "stocks rose today"]
    data = Dataset(
        name="made",
        modality="text",
        inputs=np.array(texts, dtype=object),
        labels=np.array([0, 0, 1, 1]),
        class_names=("pets", "money"),
        ids=tuple("wxyz"),
    )
    gram = words(data) @ words(data).T
    assert gram[0, 1] > gram[0, 2:].max()
    assert gram[2, 3] > gram[2, :2].max()


def test_examples_in_the_same_leaves_are_together():
    data, far = blobs(classes=1)
    data = table([0] * 60, data.inputs)
    forest = RandomForestClassifier(20, max_depth=2, random_state=0).fit(data.inputs, far)
    grouping = FromInputs(embedding=Leaves(forest=forest), version="1")
    members = grouping.propose(data, count=2, seed=0).groups.members
    np.testing.assert_array_equal(members, far)


def shortened(data):
    return np.zeros((len(data) - 1, 2))


def missing(data):
    return np.full((len(data), 2), np.nan)


@pytest.mark.parametrize(
    ("embedding", "message"),
    [(shortened, r"one row of numbers an example.*\(59, 2\)"), (missing, "NaN or infinite")],
)
def test_an_embedding_of_something_else_is_refused(embedding, message):
    data, _ = blobs(15)
    with pytest.raises(InputError, match=message):
        FromInputs(embedding=embedding).propose(data, count=4, seed=0)


def test_an_embedding_that_could_change_unnoticed_needs_a_version():
    with pytest.raises(InputError, match="version"):
        FromInputs(embedding=lambda data: data.inputs)
    assert FromInputs(embedding=lambda data: data.inputs, version="1").describe()["version"] == "1"


def test_a_column_names_its_groups():
    data = table([0, 1] * 5, metadata={"site": np.array(["n"] * 6 + ["s"] * 4)})
    found = FromColumn(column="site").propose(data, count=16, seed=0)
    assert found.groups.names == ("n", "s")
    assert found.sizes.tolist() == [6, 4]


def test_a_column_of_one_value_or_of_as_many_as_examples_makes_no_groups():
    data = table([0, 1] * 5, metadata={"one": np.zeros(10), "id": np.arange(10)})
    with pytest.raises(InputError, match="at least 2 groups"):
        FromColumn(column="one").propose(data, count=16, seed=0)
    with pytest.raises(InputError, match="groups of one gain nothing"):
        FromColumn(column="id").propose(data, count=16, seed=0)
