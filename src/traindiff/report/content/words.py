"""Numbers and verdicts in words, the same on the page, in Markdown and in notebooks."""

import math

from traindiff.report.content.document import Interval

__all__ = [
    "POINTS",
    "UNITS",
    "count",
    "effect",
    "number",
    "p_value",
    "percent",
    "percent_interval",
    "plural",
    "seconds",
    "signed",
    "signed_interval",
]

POINTS = "percentage points"
UNITS = {
    "margin": "log-odds of the right class",
    "negative-cross-entropy": "log-probability of the right class",
    "negative-error": "units of the label, higher = closer",
    "prediction": "units of the label",
    "probability": POINTS,
    "rate": POINTS,
}


def number(value: float, digits: int = 3) -> str:
    """Return a number to some significant digits, with a true minus sign.

    >>> number(-0.012345), number(1234.5), number(0.0)
    ('−0.0123', '1,234', '0')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
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


def effect(a: Interval, b: Interval, unit: str) -> str:
    """Return what a transformation does to A and to B, in one clause."""
    return f"{signed_interval(a, unit)} under A and {signed_interval(b, unit)} under B"


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
