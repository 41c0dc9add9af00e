"""Text transformations: insert, delete or replace words.

A strength between 0 and 1 is the share of texts that are changed, drawn by the seed. Words are
matched whole and whatever their case.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from traindiff.datasets import Dataset, Modality
from traindiff.seeding import stream
from traindiff.transforms.parameters import Seed, Text, among, itself

__all__ = ["CHANGES", "DeleteText", "InsertText", "ReplaceText", "words"]

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case."""
    return _WORD.findall(text.lower())


@dataclass(frozen=True, kw_only=True)
class InsertText:
    """Insert a word or phrase at the start, at the end, or between two words at random.

    The placebo inserts a random word of the data, as often used as chance has it.
    """

    kind: ClassVar[str] = "insert"
    modality: ClassVar[Modality] = "text"
    phrase: Text
    place: Annotated[str, among(("start", "end", "random"))] = "end"
    seed: Seed = 0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return texts with the phrase."""
        random = stream(self.seed, "place")
        places = random.random(len(inputs))
        return _changed(inputs, strength, self.seed, lambda i, text: self._insert(text, places[i]))

    def _insert(self, text: str, place: float) -> str:
        parts = text.split()
        at = {"start": 0, "end": len(parts), "random": int(place * (len(parts) + 1))}[self.place]
        return " ".join([*parts[:at], self.phrase, *parts[at:]])

    def placebo(self, data: Dataset, seed: int) -> "InsertText":
        """Return the insertion of a random word of the data."""
        return replace(self, phrase=_random_word(data, seed, {self.phrase.lower()}), seed=seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        where = "at a random place" if self.place == "random" else f"at the {self.place}"
        return f"“{self.phrase}” inserted {where}{_share(strength)}"


@dataclass(frozen=True, kw_only=True)
class DeleteText:
    """Delete every occurrence of a word or phrase.

    The placebo deletes the word of the data that is closest to it in frequency, chance deciding
    among the nearest.
    """

    kind: ClassVar[str] = "delete"
    modality: ClassVar[Modality] = "text"
    phrase: Text
    seed: Seed = 0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return texts without the phrase."""
        found = _whole(self.phrase)
        return _changed(
            inputs,
            strength,
            self.seed,
            lambda i, text: " ".join(found.sub(" ", text).split()) if found.search(text) else text,
        )

    def placebo(self, data: Dataset, seed: int) -> "DeleteText":
        """Return the deletion of another word that is about as frequent."""
        return replace(self, phrase=_similar_word(data, self.phrase, seed), seed=seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"“{self.phrase}” deleted{_share(strength)}"


@dataclass(frozen=True, kw_only=True)
class ReplaceText:
    """Replace every occurrence of ``phrase`` by ``by``.

    The placebo puts a random word of the data in its place.
    """

    kind: ClassVar[str] = "replace"
    modality: ClassVar[Modality] = "text"
    phrase: Text
    by: Text
    seed: Seed = 0

    bind = itself

    def apply(self, inputs: np.ndarray, strength: float) -> np.ndarray:
        """Return texts with the phrase replaced."""
        found = _whole(self.phrase)
        return _changed(
            inputs, strength, self.seed, lambda i, text: found.sub(lambda match: self.by, text)
        )

    def placebo(self, data: Dataset, seed: int) -> "ReplaceText":
        """Return the replacement by a random word of the data."""
        known = {self.phrase.lower(), self.by.lower()}
        return replace(self, by=_random_word(data, seed, known), seed=seed)

    def describe(self, strength: float) -> str:
        """Return one line for people."""
        return f"“{self.phrase}” replaced by “{self.by}”{_share(strength)}"


def _changed(
    inputs: np.ndarray, strength: float, seed: int, edit: Callable[[int, str], str]
) -> np.ndarray:
    """Return texts of which a share ``strength``, drawn by ``seed``, is edited."""
    chosen = stream(seed, "texts").random(len(inputs)) < strength
    changed = np.empty(len(inputs), dtype=object)
    changed[:] = [
        edit(i, t) if hit else t for i, (t, hit) in enumerate(zip(inputs, chosen, strict=True))
    ]
    return changed


def _whole(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)


def _random_word(data: Dataset, seed: int, known: set[str]) -> str:
    """Return a word drawn from all words in use, frequent ones more often."""
    used = [word for text in data.inputs for word in words(text) if word not in known]
    return used[stream(seed, "placebo").integers(len(used))] if used else "the"


def _similar_word(data: Dataset, phrase: str, seed: int) -> str:
    """Return one of the ten words used in about as many texts as ``phrase``."""
    found = _whole(phrase)
    own = sum(found.search(text) is not None for text in data.inputs)
    counts = Counter(word for text in data.inputs for word in set(words(text)))
    others = sorted(counts.keys() - set(words(phrase)), key=lambda w: (abs(counts[w] - own), w))
    nearest = others[:10] or [phrase]
    return nearest[stream(seed, "placebo").integers(len(nearest))]


def _share(strength: float) -> str:
    return "" if strength == 1 else f" in {strength:.0%} of the texts"


CHANGES = (DeleteText, InsertText, ReplaceText)
"""Every kind for texts."""
