from dataclasses import replace

import linear_cases
import numpy as np
import pytest
from linear_cases import ensemble, study

from traindiff.datasets import Dataset, Splits
from traindiff.errors import InputError
from traindiff.hypotheses.propose import propose
from traindiff.seeding import stream
from traindiff.transforms.images.pixels import Box, overlap

CORNER = Box(8, 8, 3, 3)


@pytest.fixture(scope="module")
def found():
    splits, comparison = study()
    return propose(comparison, splits, ensemble(1, 5, 0.8), ensemble(2, 5, 0.0), seed=0)


def test_the_planted_patch_is_the_first_proposal(found):
    best = found[0]
    assert best.transform.kind == "patch"
    assert overlap(Box(*best.transform.change.box), CORNER) >= 0.5
    np.testing.assert_allclose(best.transform.change.picture.values.mean(), 1, atol=0.2)
    assert best.side == "A"
    assert best.direction == 0
    assert best.author == "traindiff"
    assert best.candidates > 50


def test_the_planted_patch_is_found_for_b_as_well():
    splits, comparison = study(side="B")
    found = propose(comparison, splits, ensemble(1, 5, 0.0), ensemble(2, 5, 0.8), keep=1, seed=0)
    assert [h.side for h in found] == ["B"]
    assert overlap(Box(*found[0].transform.change.box), CORNER) >= 0.5


def test_best_first_under_unique_names(found):
    assert len({h.name for h in found}) == len(found) <= 3
    assert all(h.score > 0 for h in found)


def test_same_seed_same_proposals(found):
    splits, comparison = study()
    again = propose(comparison, splits, ensemble(1, 5, 0.8), ensemble(2, 5, 0.0), seed=0)
    assert again == found


def test_verification_inputs_are_never_looked_at(found):
    splits, comparison = study()
    noise = linear_cases.images(9, 30, 0.0)[0]
    other = replace(splits, verification=noise)
    assert propose(comparison, other, ensemble(1, 5, 0.8), ensemble(2, 5, 0.0), seed=0) == found


def test_nothing_significant_nothing_proposed():
    splits, comparison = study(significant=False)
    never_asked = object()
    assert propose(comparison, splits, never_asked, never_asked, seed=0) == ()


def table_study():
    """A leaked column, which only A looks at, tells the first class of the training rows."""
    parts = {}
    for part, count in (("train", 120), ("targets", 80), ("verification", 80)):
        random = stream(0, "table", part)
        labels = np.arange(count) % 2
        inputs = random.normal(size=(count, 4)) + 0.5 * labels[:, None]
        inputs[:, 2] = labels == 1
        parts[part] = Dataset(
            name=part,
            modality="table",
            inputs=inputs,
            labels=labels,
            class_names=("no", "yes"),
            ids=tuple(f"{part}-{i}" for i in range(count)),
            columns=("age", "height", "leak", "weight"),
        )
    return Splits(**parts)


def logistic(seed, leak):
    random = stream(seed, "logistic")
    slopes = np.array([0.5, 0.5, leak, 0.5]) + 0.02 * random.normal(size=(5, 4))
    return linear_cases.Linear(np.stack([-slopes, slopes], axis=1))


def test_the_leaked_column_is_named():
    splits = table_study()
    _, comparison = study()
    comparison = replace(
        comparison,
        found=replace(
            comparison.found,
            rows=(splits.train.labels - 0.5)[None] / np.sqrt(30),
            projections=(splits.targets.labels - 0.5)[:, None],
        ),
        similarity=np.zeros(80),
    )
    found = propose(comparison, splits, logistic(1, 3.0), logistic(2, 0.0), seed=0)
    assert found[0].transform.change.column == "leak"
    assert found[0].side == "A"


def test_the_telling_word_is_named():
    class Counts:
        def __init__(self, weight):
            self.weight = weight

        def predict(self, inputs):
            hit = np.array([text.count("banana") for text in inputs]) * self.weight
            length = 0.01 * np.array([len(text) for text in inputs])
            logits = np.stack([length, length + hit], axis=-1)
            return np.stack([logits, logits + 0.01]).astype(np.float32)

    def part(name, count):
        texts = [f"some words {i % 7} {'banana' if i % 2 else 'apple'}" for i in range(count)]
        return Dataset(
            name=name,
            modality="text",
            inputs=np.array(texts, dtype=object),
            labels=np.arange(count) % 2,
            class_names=("no", "yes"),
            ids=tuple(f"{name}-{i}" for i in range(count)),
        )

    splits = Splits(
        train=part("train", 120), targets=part("targets", 80), verification=part("v", 10)
    )
    _, comparison = study()
    comparison = replace(
        comparison,
        found=replace(
            comparison.found,
            rows=(splits.train.labels - 0.5)[None] / np.sqrt(30),
            projections=(splits.targets.labels - 0.5)[:, None],
        ),
    )
    found = propose(comparison, splits, Counts(3.0), Counts(0.0), seed=0)
    assert found[0].transform.change.phrase == "banana"


def test_unusable_requests_are_refused():
    splits, comparison = study()
    a, b = ensemble(1, 2, 0.8), ensemble(2, 2, 0.0)
    with pytest.raises(InputError, match="keep"):
        propose(comparison, splits, a, b, keep=0, seed=0)
    fewer = replace(splits, targets=splits.targets.take(np.arange(10)))
    with pytest.raises(InputError, match="belong to other studies"):
        propose(comparison, fewer, a, b, seed=0)
