"""Numbers and examples in words, the same on the page, in Markdown and in notebooks."""

import math
import re
from collections.abc import Set as AbstractSet

from traindiff.datasets import Dataset
from traindiff.pair import Pair
from traindiff.report.content.document import POINTS, Interval

__all__ = [
    "WORD",
    "cell",
    "count",
    "effect",
    "excerpt",
    "id_of",
    "in_column",
    "label_of",
    "measured",
    "number",
    "p_value",
    "percent",
    "percent_interval",
    "plural",
    "seconds",
    "short",
    "signed",
    "signed_interval",
    "summary",
    "thresholds",
]

WORD = re.compile(r"\w+(?:['’]\w+)*")
LONGEST, LONGEST_NAME, MOST_COLUMNS = 280, 100, 6


def number(value: float, digits: int = 3) -> str:
    """Return a number to some significant digits, with a true minus sign.

    >>> number(-0.012345), number(1234.5), number(26.0), number(0.0)
    ('−0.0123', '1,234', '26', '0')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    decimals = 0 if value == round(value) else decimals  # 26, not 26.0: whole numbers are exact
    text = f"{value:,.{min(decimals, 6)}f}"
    return text.replace("-", "−")


def signed(value: float, digits: int = 2) -> str:
    """Return a number with its sign, to some decimals.

    >>> signed(1.234), signed(-0.001)
    ('+1.23', '0.00')
    """
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def percent(share: float) -> str:
    """Return a share of one as a percentage.

    >>> percent(0.876), percent(0.004), percent(0.0)
    ('87.6%', '0.4%', '0%')
    """
    return "0%" if share == 0 else f"{100 * share:.1f}%".replace("-", "−")


def percent_interval(interval: Interval) -> str:
    """Return a share with its 95% interval."""
    low, high = (f"{100 * end:.1f}" for end in (interval.low, interval.high))
    return f"{percent(interval.mean)} [{low}, {high}]".replace("-", "−")


def measured(interval: Interval) -> str:
    """Return an estimate with its 95% interval, to three digits of the larger end.

    >>> measured(Interval(0.5, 0.4, 0.625)), measured(Interval(123456.0, 99.0, 200000.0))
    ('0.500 [0.400, 0.625]', '123,456 [99, 200,000]')
    """
    size = max(abs(end) for end in interval)
    places = 2 - math.floor(math.log10(0.999 * size)) if size else 0
    decimals = 0 if size >= 1000 else max(0, places)
    mean, low, high = (_fixed(value, min(decimals, 6)) for value in interval)
    return f"{mean} [{low}, {high}]"


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def p_value(value: float | None, smallest: float | None = None) -> str:
    """Return "p = 0.043", or "p ≤ ..." where the permutations allow no smaller one.

    >>> p_value(0.0432), p_value(1 / 201, 1 / 201), p_value(1e-5), p_value(None)
    ('p = 0.043', 'p ≤ 0.005', 'p < 0.001', 'no p-value')
    """
    if value is None:
        return "no p-value"
    if value < 0.0005:
        return "p < 0.001"
    at_floor = smallest is not None and value <= smallest * (1 + 1e-6)
    decimals = 3 if value < 0.0995 else 2
    return f"p {'≤' if at_floor else '='} {value:.{decimals}f}"


def signed_interval(interval: Interval, unit: str) -> str:
    """Return an effect with its 95% interval; probabilities in percentage points."""
    factor, digits = (100, 1) if unit == POINTS else (1, 2)
    ends = (signed(factor * end, digits) for end in (interval.low, interval.high))
    points = " points" if factor == 100 else ""
    return f"{signed(factor * interval.mean, digits)} [{', '.join(ends)}]{points}"


def thresholds(delta: float, epsilon: float, unit: str) -> str:
    """Return what counts as an effect and as none, in the effect's unit."""
    factor = 100 if unit == POINTS else 1
    return ", ".join(f"{factor * limit:.2g}" for limit in (delta, epsilon))


def effect(found: Pair[Interval], unit: str) -> str:
    """Return what a transformation does to A and to B, in one clause."""
    return " and ".join(f"{signed_interval(on, unit)} under {name}" for name, on in found.items())


def count(value: int) -> str:
    """Return a whole number with separators.

    >>> count(12500)
    '12,500'
    """
    return f"{value:,}"


def plural(value: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    >>> plural(1, "direction"), plural(3, "class", "classes")
    ('1 direction', '3 classes')
    """
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def seconds(value: float) -> str:
    """Return a duration.

    >>> seconds(0.42), seconds(75), seconds(7300)
    ('0.4 s', '1 min 15 s', '2 h 1 min')
    """
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def short(name: str) -> str:
    """Return a name that fits on a line; of a longer one, its beginning and end."""
    return name if len(name) <= LONGEST_NAME else f"{name[:60]} … {name[-20:]}"


def id_of(data: Dataset | None, index: int) -> str:
    """Return the name of an example: its index where only arrays are known."""
    return f"#{index}" if data is None else short(data.ids[index])


def label_of(data: Dataset | None, index: int) -> str:
    """Return the label of an example in words; empty where only arrays are known."""
    if data is None:
        return ""
    label = data.labels[index]
    return number(float(label)) if data.class_names is None else short(data.class_names[int(label)])


def cell(data: Dataset, index: int, column: str) -> str:
    """Return one value of a table in words."""
    position = data.columns.index(column)
    return in_column(data, position, data.inputs[index, position])


def in_column(data: Dataset, position: int, value: float) -> str:
    """Return a value in words: a number, or the name of the column's category."""
    categories = data.categories[position]
    return number(float(value)) if categories is None else short(categories[int(value)])


def excerpt(text: str, marked: AbstractSet[str]) -> tuple[tuple[str, bool], ...]:
    """Return the beginning of a text as fragments, each with whether it is highlighted.

    >>> excerpt("A fine day", {"fine"})
    (('A ', False), ('fine', True), (' day', False))
    """
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    fragments: list[tuple[str, bool]] = []
    end = 0
    for match in WORD.finditer(shown):
        if match.group().lower() in marked:
            fragments += [(shown[end : match.start()], False), (match.group(), True)]
            end = match.end()
    fragments.append((shown[end:], False))
    return tuple(fragment for fragment in fragments if fragment[0])


def summary(data: Dataset | None, index: int) -> str:
    """Return an example in one line: the beginning of a text or of a row; empty for a picture."""
    if data is None or data.modality == "image":
        return ""
    if data.modality == "text":
        return "".join(fragment for fragment, _ in excerpt(str(data.inputs[index]), frozenset()))
    shown = data.columns[:MOST_COLUMNS]
    more = " …" if len(data.columns) > len(shown) else ""
    return " · ".join(f"{name} {cell(data, index, name)}" for name in shown) + more
