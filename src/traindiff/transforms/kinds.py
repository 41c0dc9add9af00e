"""Every kind of transformation by its name, and how one is read from text or a document."""

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from traindiff.errors import InputError, one_of
from traindiff.transforms import images, tables, texts
from traindiff.transforms.base import Change, Transform
from traindiff.transforms.compose import Compose
from traindiff.transforms.parameters import checked

__all__ = ["KINDS", "from_dict", "parse"]

_CHANGES: tuple[type[Change], ...] = (
    *images.CHANGES,
    *tables.CHANGES,
    *texts.CHANGES,
    Compose,
)

KINDS: dict[str, type[Change]] = {kind.kind: kind for kind in _CHANGES}
"""Kind to class: a new one is named in the ``CHANGES`` of its inputs."""


def from_dict(document: Mapping[str, Any]) -> Transform:
    """Return the transformation that a TOML table or JSON object describes.

    Parameters
    ----------
    document : mapping
        ``kind`` and the kind's parameters; ``file`` names an image file in place of ``picture``.

    Raises
    ------
    InputError
        When the kind or a parameter is unknown, missing, of the wrong type or out of range.

    Examples
    --------
    >>> from_dict({"kind": "flip", "strength": 0.5}).describe()
    'horizontal flip, 50% blended in'
    """
    values = dict(document)
    if "kind" not in values:
        raise InputError(f"a transformation needs a kind: one of {', '.join(sorted(KINDS))}.")
    kind = KINDS[one_of("transformation", str(values.pop("kind")), sorted(KINDS), "known")]
    if "file" in values:
        values["picture"] = Path(str(values.pop("file")))
    if isinstance(values.get("steps"), list | tuple):
        values["steps"] = [_READERS.get(type(each), _as_it_is)(each) for each in values["steps"]]
    strength = values.pop("strength", 1.0)
    return Transform(change=checked(kind, values), strength=strength)


def _as_it_is(step: Any) -> Any:
    return step


def parse(text: str) -> Transform:
    """Return the transformation written like a call; nothing in it is evaluated.

    Parameters
    ----------
    text : str
        Such as ``patch(x=0, y=0, size=3, value=1.0, strength=0.5)`` or ``flip``. Values are
        numbers, tuples, text or (the steps of compose) a list of transformations; a file's name
        needs quotes only if it holds other than letters, digits, ``.`` and ``/``.

    Raises
    ------
    InputError
        When the text is not of that form, and as `from_dict`.

    Examples
    --------
    >>> parse("shift(dx=2, dy=-1)").describe()
    'shift by 2 px right and 1 px up'
    """
    text = text.strip()
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{_form(text)} Put quotes around text values.") from error
    return _read(text, tree)


def _form(text: str) -> str:
    return f"expected kind(name=value, ...), such as flip(axis='vertical'); found {text!r}."


def _read(text: str, tree: ast.expr) -> Transform:
    """Return the transformation of a call, or of a kind's bare name."""
    name = tree.func if isinstance(tree, ast.Call) else tree
    keywords = tree.keywords if isinstance(tree, ast.Call) else []
    values = {item.arg: _value(text, item.value) for item in keywords if item.arg}
    clean = len(values) == len(keywords) and "kind" not in values
    if not isinstance(name, ast.Name) or not clean or _positional(tree):
        raise InputError(_form(text))
    return from_dict({"kind": name.id, **values})


def _positional(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Call) and bool(tree.args)


def _value(text: str, node: ast.expr) -> Any:
    """Return a literal, transformations, or the bare word (a file's name) in their place."""
    if isinstance(node, ast.Call):
        return _read(text, node)
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(text, item) for item in node.elts]
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return ast.get_source_segment(text, node)


_READERS: dict[type, Callable[[Any], Any]] = {str: parse, dict: from_dict}
"""How a step of a composition is read that is not yet a transformation."""
