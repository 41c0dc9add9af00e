"""Settings that several methods share, checked alike."""

import math

from traindiff.errors import InputError

__all__ = ["check_positive"]


def check_positive(name: str, value: float) -> None:
    """Raise `InputError` unless ``value`` is a positive, finite number."""
    if isinstance(value, bool) or not math.isfinite(value) or value <= 0:
        raise InputError(f"{name} must be a positive number, found {value!r}.")
