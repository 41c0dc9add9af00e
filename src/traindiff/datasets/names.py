"""Name what was meant when a name is unknown."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["unknown"]

_LISTED = 20


def unknown(what: str, name: str, known: Iterable[str], owner: str) -> str:
    """Return the message for a ``name`` that is none of the ``known`` ones of ``owner``.

    >>> unknown("column", "wieght", ["height", "weight"], "fruit.csv")
    "unknown column 'wieght': did you mean 'weight'? fruit.csv: 'height', 'weight'."
    """
    names = [str(each) for each in known]
    near = get_close_matches(name, names, n=1)
    hint = f" did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(map(repr, names[:_LISTED])) or "none"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"unknown {what} {name!r}:{hint} {owner}: {listed}{more}."
