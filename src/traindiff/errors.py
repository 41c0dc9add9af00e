"""What can go wrong, as a small tree.

TraindiffError
├── InputError        the user's data, study or arguments are unusable (command line: exit code 2)
│   └── RunDirectoryError  a run directory of another study, or not ours
├── StoreError        stored bytes are missing, damaged or from another version
└── TrainingError     models failed to train (diverged, crashed)

A message says what was expected, what was found, where, and what to do.
"""

import math
from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Integral, Real

__all__ = [
    "InputError",
    "RunDirectoryError",
    "StoreError",
    "TraindiffError",
    "TrainingError",
    "at_least",
    "between",
    "one_of",
    "positive",
    "unknown",
    "whole",
]

_LISTED = 20


class TraindiffError(Exception):
    """Base of every error that traindiff raises on purpose."""


class InputError(TraindiffError, ValueError):
    """The user's data, study file or arguments are unusable as they are."""


class RunDirectoryError(InputError):
    """The run directory belongs to another study, or was not made by traindiff."""


class StoreError(TraindiffError, OSError):
    """A stored array or document is missing, damaged or of an unknown version."""


class TrainingError(TraindiffError, RuntimeError):
    """Models could not be trained."""


def unknown(what: str, name: str, known: Iterable[str], owner: str) -> str:
    """Return the message for a ``name`` that is none of the ``known`` ones of ``owner``.

    >>> unknown("column", "wieght", ["height", "weight"], "fruit.csv")
    "unknown column 'wieght': did you mean 'weight'? fruit.csv: 'height', 'weight'."
    """
    names = [str(each) for each in known]
    near = get_close_matches(str(name), names, n=1)
    hint = f" did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(map(repr, names[:_LISTED])) or "none"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"unknown {what} {name!r}:{hint} {owner}: {listed}{more}."


def one_of(what: str, name: str, known: Iterable[str], owner: str) -> str:
    """Return ``name`` if it is one of the ``known`` ones.

    Raises
    ------
    InputError
        With the message of `unknown`.
    """
    names = list(known)
    if name not in names:
        raise InputError(unknown(what, name, names, owner))
    return name


def at_least(name: str, value: float, least: float, why: str = "") -> None:
    """Check a lower bound; NaN is below every bound.

    Raises
    ------
    InputError
        Naming the bound and the value found, and ``why`` it is the bound.
    """
    if not (_number(value) and value >= least):
        raise InputError(f"{name} must be at least {least:g}{why}, found {_shown(value)}.")


def positive(name: str, value: float) -> None:
    """Check that a number is above 0, and finite.

    Raises
    ------
    InputError
        Naming the value found.
    """
    if not (_number(value) and 0 < value < math.inf):
        raise InputError(f"{name} must be a positive number, found {_shown(value)}.")


def whole(name: str, value: int, least: int = 1, of: str = "") -> None:
    """Check that a whole number is at least ``least``.

    Raises
    ------
    InputError
        Naming the bound, what is counted (``of``, such as " models") and the value found.
    """
    if not (isinstance(value, Integral) and _number(value) and value >= least):
        raise InputError(
            f"{name} must be a whole number of at least {least}{of}, found {_shown(value)}."
        )


def between(
    name: str,
    value: float,
    low: float,
    high: float,
    *,
    strictly: bool = False,
    below: bool = False,
) -> None:
    """Check that a number lies in [low, high].

    Parameters
    ----------
    name : str
        What a message calls it.
    value, low, high : float
    strictly : bool
        Neither end counts.
    below : bool
        The upper end does not count.

    Raises
    ------
    InputError
        Naming both bounds and the value found.
    """
    if not (
        _number(value)
        and math.isfinite(value)
        and (low < value if strictly else low <= value)
        and (value < high if strictly or below else value <= high)
    ):
        ends = f"lie in [{low:g}, {high:g}{')' if below else ']'}"
        ends = f"lie between {low:g} and {high:g}" if strictly else ends
        raise InputError(f"{name} must {ends}, found {_shown(value)}.")


def _number(value: object) -> bool:
    # True is an Integral to Python, and a slip in a settings file to a person.
    return isinstance(value, Real) and not isinstance(value, bool)


def _shown(value: object) -> str:
    return str(value) if _number(value) else repr(value)
