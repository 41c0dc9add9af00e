"""Candidate changes of texts for one direction: the words that set it apart."""

from collections import Counter

import numpy as np

from traindiff.comparison import Subpopulation
from traindiff.datasets import Dataset
from traindiff.transforms.texts import DeleteText, InsertText, words

__all__ = ["telling_words", "text_changes"]

_WORDS = 40
"""Words tried at each end of a direction."""
_PRIOR = 10.0
"""Weight, in texts, of the data's own frequencies (Monroe, Colaresi & Quinn 2008)."""


def text_changes(train: Dataset, group: Subpopulation) -> list[InsertText | DeleteText]:
    """Return each telling word inserted, and deleted."""
    found: dict[str, None] = {}
    for top in (group.positive_train, group.negative_train):
        found |= dict.fromkeys(telling_words(train.inputs, top)[:_WORDS])
    return [change(phrase=word) for word in found for change in (InsertText, DeleteText)]


def telling_words(texts: np.ndarray, top: np.ndarray) -> list[str]:
    """Return words more frequent in the ``top`` texts than in the others, most telling first.

    By the log-odds ratio of being in a text, shrunk to the frequency in all texts, in units of its
    standard error.
    """
    count = Counter(word for text in texts for word in set(words(text)))
    inside = Counter(word for text in texts[top] for word in set(words(text)))
    size, rest = len(top), len(texts) - len(top)

    def telling(word: str) -> float:
        share = _PRIOR * count[word] / len(texts)
        a, b = inside[word] + share, count[word] - inside[word] + share
        odds = a / (size + _PRIOR - a + 1e-9) / (b / (rest + _PRIOR - b + 1e-9))
        return float(np.log(odds) / np.sqrt(1 / a + 1 / b))

    scores = {word: telling(word) for word in inside}
    return [word for word in sorted(scores, key=lambda w: (-scores[w], w)) if scores[word] > 0]
