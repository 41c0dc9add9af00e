"""The other questions about the two ensembles, answered in words."""

from traindiff.lenses.reading import Reading
from traindiff.report.content.document import LensCard
from traindiff.report.content.words import number
from traindiff.report.evidence import Evidence

__all__ = ["lens_cards"]


def lens_cards(evidence: Evidence) -> tuple[LensCard, ...]:
    """Return one card a lens."""
    return tuple(LensCard(answer=_answer(reading), reading=reading) for reading in evidence.lenses)


def _answer(reading: Reading) -> str:
    """Say whether A and B differ, where that was tested, and never more than that."""
    value = number(reading.value, 2)
    if reading.band is None:
        return f"Not tested: {reading.note} Between these models the value is {value}."
    chance = f"chance alone reaches {number(reading.band.high, 2)} one time in twenty"
    if reading.significant:
        return f"A and B differ: {value}, where {chance}."
    return f"No difference found: {value}, where {chance}. {reading.note}".strip()
