"""What two recipes have in common, setting by setting, and what sets them apart."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from traindiff.pair import Pair

__all__ = ["Setting", "difference", "same_recipe", "side_by_side"]

UNSAID = {"params", "class"}
"""Steps on the way to a setting that say nothing: of an estimator, the class is the estimator."""
NAMED, LONGEST = 6, 40
ABSENT = "–"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting under A and under B, in words; "–" where a recipe has no such setting."""

    name: str
    values: Pair[str]
    differs: bool


def side_by_side(described: Pair[Mapping[str, Any]]) -> tuple[Setting, ...]:
    """Return every setting of two recipes, those that differ first.

    Parameters
    ----------
    described : Pair of mapping
        What `Algorithm.describe` returns, without the algorithm's name.

    Examples
    --------
    >>> side_by_side(Pair({"lr": 0.1}, {"lr": 0.2}))
    (Setting(name='lr', values=Pair(a='0.1', b='0.2'), differs=True),)
    """
    leaves = described.map(lambda recipe: dict(_leaves(recipe, ())))
    names = dict.fromkeys([*leaves.a, *leaves.b])
    return tuple(
        sorted((_setting(name, leaves) for name in names), key=lambda setting: not setting.differs)
    )


def _setting(name: str, leaves: Pair[dict[str, str]]) -> Setting:
    values = leaves.map(lambda side: side.get(name, ABSENT))
    return Setting(name=name, values=values, differs=values.a != values.b)


def same_recipe(described: Pair[Mapping[str, Any]]) -> bool:
    """Return whether nothing but the seeds of their models tells two recipes apart."""
    return bool(described.a == described.b)


def difference(described: Pair[Mapping[str, Any]]) -> str:
    """Return in one sentence what A and B differ in.

    Examples
    --------
    >>> difference(Pair({"lr": 0.1, "epochs": 5}, {"lr": 0.2, "epochs": 5}))
    'A and B differ in lr (0.1 against 0.2).'
    """
    if same_recipe(described):
        return (
            "A and B are the same recipe: only the seeds of their models differ, so whatever sets "
            "them apart is chance. Unless this is a control, look for a slip in [a] and [b]."
        )
    apart = [setting for setting in side_by_side(described) if setting.differs]
    named = [
        f"{setting.name} ({_short(setting.values.a)} against {_short(setting.values.b)})"
        for setting in apart[:NAMED]
    ]
    more = f", and {len(apart) - NAMED} more settings" if len(apart) > NAMED else ""
    return f"A and B differ in {', '.join(named)}{more}."


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the settings in nested ones, each named by the way to it."""
    inside = _inside(value)
    if path and not inside:
        yield ".".join(path), _said(value)
    for name, each in inside.items():
        yield from _leaves(each, path if name in UNSAID and path else (*path, name))


def _inside(value: Any) -> Mapping[str, Any]:
    """Return what a value is made of by name; empty where it is one setting."""
    if isinstance(value, Mapping):
        return value
    pairs = isinstance(value, list | tuple) and all(_named(each) for each in value)
    return dict(value) if pairs else {}


def _named(value: Any) -> bool:
    """Return whether this is a step of a pipeline, a name beside an estimator."""
    steps = isinstance(value, list | tuple) and len(value) == 2
    return steps and isinstance(value[0], str) and isinstance(value[1], Mapping)


def _said(value: Any) -> str:
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
