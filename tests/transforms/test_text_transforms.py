import numpy as np
import pytest
from transform_cases import data

from traindiff.hypotheses.candidates.texts import telling_words
from traindiff.transforms.kinds import parse


def apply(text, *inputs):
    return list(parse(text).apply(np.array(inputs, dtype=object)))


def test_insert_delete_replace():
    assert apply("insert(phrase=x)", "a b") == ["a b x"]
    assert apply("insert(phrase=x, place=start)", "a b", "") == ["x a b", "x"]
    assert apply("delete(phrase=good)", "Good goods, good") == ["goods,"]
    assert apply("replace(phrase='a.b', by=c)", "a.b axb") == ["c axb"]
    assert apply("delete(phrase=x)", "two  spaces") == ["two  spaces"]


def test_random_places_are_between_words():
    found = set(apply("insert(phrase=x, place=random)", *["a b"] * 50))
    assert found == {"x a b", "a x b", "a b x"}


def test_strength_is_the_share_of_texts():
    changed = apply("insert(phrase=x, strength=0.3)", *["a"] * 2000)
    assert np.mean([text == "a x" for text in changed]) == pytest.approx(0.3, abs=0.04)


def test_a_placebo_uses_another_word_of_the_data():
    held = data("text")
    for text in ("insert(phrase=good)", "delete(phrase=good)", "replace(phrase=good, by=bad)"):
        change = parse(text).placebo(held, 1).change
        word = getattr(change, "by", change.phrase)
        assert word not in ("good",)
        assert any(word in each for each in held.inputs)


def test_telling_words_are_those_of_the_top_texts():
    texts = np.array(["the end", "the sea", "the sun"] * 20 + ["the banana end"] * 8, dtype=object)
    assert telling_words(texts, np.arange(60, 68))[0] == "banana"
    assert "the" not in telling_words(texts, np.arange(60, 68))[:2]
