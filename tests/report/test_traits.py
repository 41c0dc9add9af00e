"""What is said to set a group apart does, and is not said of a random group."""

import numpy as np
import report_cases as cases

from traindiff.datasets import Dataset
from traindiff.report.content.traits import columns, enrichments, tokens
from traindiff.seeding import stream


def test_a_pure_group_is_described_by_its_label():
    data = cases.digits().targets
    group = np.flatnonzero(data.labels == 3)[:12]
    found = enrichments(data, group)
    assert (found[0].value, found[0].here, found[0].size) == ("3", 1.0, 12)
    others = np.setdiff1d(np.arange(len(data)), group)
    np.testing.assert_allclose(found[0].elsewhere, (data.labels[others] == 3).mean(), rtol=1e-5)


def test_random_groups_are_hardly_ever_described():
    data = cases.digits().targets
    random = stream(0, "groups")
    described = sum(
        bool(enrichments(data, random.choice(len(data), 18, replace=False))) for _ in range(200)
    )
    assert described <= 18  # 5% of 200 groups, and what chance adds


def test_only_surprising_shares_are_told():
    data = _table(numeric_shift=0.0)
    half = np.where(np.arange(120) % 2, "odd", "even")
    data = Dataset(**{**vars(data), "metadata": {"parity": half}})
    odd = np.arange(1, 120, 2)
    assert [one.value for one in enrichments(data, odd[:10])] == ["odd"]  # p = 0.0007
    assert enrichments(data, np.append(odd[:7], [0, 2, 4])) == ()  # p = 0.16


def test_a_number_is_told_by_its_median():
    data = cases.digits().targets
    size = np.where(data.labels == 3, 20.0, 10.0) + stream(0, "size").random(len(data))
    sized = Dataset(**{**vars(data), "metadata": {"size": size}})
    (found,) = [
        one for one in enrichments(sized, np.flatnonzero(data.labels == 3)[:12]) if not one.value
    ]
    assert (found.name, found.value) == ("size", None)
    assert found.here > 20 > found.elsewhere


def test_metadata_is_told_too():
    data = cases.digits().targets
    tagged = Dataset(
        **{**vars(data), "metadata": {"source": np.where(np.arange(len(data)) < 20, "new", "old")}}
    )
    found = enrichments(tagged, np.arange(15))
    assert ("source", "new") in [(one.name, one.value) for one in found]


def test_the_shifted_column_comes_first_with_its_size():
    data = _table(numeric_shift=2.0)
    first = columns(data, np.arange(30))[0]
    assert first.name == "shifted"
    assert 1.0 < first.shift < 2.5


def test_a_category_is_told_by_its_share():
    first = columns(_table(numeric_shift=0.0), np.arange(30))[0]
    assert (first.name, first.here) == ("colour", "red: 100.0%")


def test_the_planted_word_is_found_and_common_words_are_not():
    data = cases.reviews().targets
    assert tokens(data, np.flatnonzero(data.labels == 1)[:20]) == ("wonderful",)


def _table(*, numeric_shift: float) -> Dataset:
    random = stream(0, "table")
    inputs = random.normal(size=(120, 3))
    inputs[:30, 1] += numeric_shift
    inputs[:, 2] = np.arange(120) >= (0 if numeric_shift else 30)
    return Dataset(
        name="table",
        modality="table",
        inputs=inputs,
        labels=np.zeros(120),
        class_names=None,
        ids=tuple(map(str, range(120))),
        columns=("plain", "shifted", "colour"),
        categories=(None, None, ("red", "blue")),
    )
