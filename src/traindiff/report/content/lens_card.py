"""The part of a report's data that is about one lens (see `document`)."""

from dataclasses import dataclass

from traindiff.lenses.reading import Reading

__all__ = ["LensCard"]


@dataclass(frozen=True, kw_only=True)
class LensCard:
    """One of the other questions: what was read, and `answer`, what may be said of it."""

    answer: str
    reading: Reading
