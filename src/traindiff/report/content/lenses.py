"""The other questions about the two ensembles, answered in words."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from traindiff.lenses.reading import Reading
from traindiff.report.content.lens_card import LensCard
from traindiff.report.content.rounding import tidy
from traindiff.report.content.words import number
from traindiff.report.evidence import Evidence

__all__ = ["lens_cards"]


def lens_cards(evidence: Evidence) -> tuple[LensCard, ...]:
    """Return one card a lens."""
    return tuple(
        LensCard(answer=_answer(reading), reading=_tidied(reading)) for reading in evidence.lenses
    )


def _answer(reading: Reading) -> str:
    """Say whether A and B differ, where that was tested, and never more than that."""
    value = number(reading.value, 2)
    if reading.band is None:
        return f"Not tested: {reading.note} Between these models the value is {value}."
    chance = f"chance alone reaches {number(reading.band.high, 2)} one time in twenty"
    if reading.significant:
        return f"A and B differ: {value}, where {chance}."
    return f"No difference found: {value}, where {chance}. {reading.note}".strip()


def _tidied(part: Any) -> Any:
    """Return plain data with its numbers to six significant digits."""
    if isinstance(part, float):
        return tidy(part)
    if isinstance(part, tuple):
        return tuple(_tidied(each) for each in part)
    if is_dataclass(part) and not isinstance(part, type):
        named = {field.name: _tidied(getattr(part, field.name)) for field in fields(part)}
        return replace(part, **named)
    return part
