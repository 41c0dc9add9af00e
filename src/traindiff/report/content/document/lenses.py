"""One lens's reading, and what may be said of it."""

from dataclasses import dataclass

from traindiff.lenses.reading import Reading

__all__ = ["LensCard"]


@dataclass(frozen=True, kw_only=True)
class LensCard:
    """One of the other questions: what was read, and `answer`, what may be said of it."""

    answer: str
    reading: Reading
