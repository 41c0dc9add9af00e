"""A study's settings as the TOML file that brings them back."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["study_file"]


def study_file(settings: Mapping[str, Any]) -> str:
    """Return a study file with these settings; reading it gives them again.

    Parameters
    ----------
    settings : mapping
        What TOML can hold, but for dates: text, numbers, booleans, lists and mappings.

    Examples
    --------
    >>> print(study_file({"title": "A", "data": {"source": "digits", "train": 500}}))
    title = "A"
    <BLANKLINE>
    [data]
    source = "digits"
    train = 500
    """
    return "\n".join(_table(settings, ())).strip()


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not _own_tables(value, path)}
    yield from (f"{_key(key)} = {_value(value)}" for key, value in plain.items())
    for key, value in table.items():
        if key in plain:
            continue
        name = ".".join(map(_key, (*path, key)))
        header, tables = (
            (f"[[{name}]]", value) if isinstance(value, list) else (f"[{name}]", [value])
        )
        for each in tables:
            yield from ("", header, *_table(each, (*path, key)))


def _own_tables(value: Any, path: tuple[str, ...]) -> bool:
    """Give sections, and lists of tables right below them, headers of their own."""
    if isinstance(value, Mapping):
        return not path
    listed = isinstance(value, list) and bool(value)
    return listed and len(path) == 1 and all(isinstance(each, Mapping) for each in value)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """Return a number, boolean or text; JSON's spelling is also TOML's, but for DEL and ∞."""
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _scalar(key)
