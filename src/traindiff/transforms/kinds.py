"""Every kind of transformation by its name, and how one is read from text or a document."""

import ast
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from traindiff.errors import InputError
from traindiff.transforms.base import Change, Transform
from traindiff.transforms.compose import Compose
from traindiff.transforms.images.blending import Noise
from traindiff.transforms.images.colour import Brightness, Contrast, Greyscale, Tint
from traindiff.transforms.images.geometry import Flip, Rotate, Shift
from traindiff.transforms.images.picture import Picture
from traindiff.transforms.images.places import Occlude, Patch, Rectangle
from traindiff.transforms.images.sharpness import Blur, HighPass, LowPass, Sharpen
from traindiff.transforms.images.texture import Background, Paste, Texture
from traindiff.transforms.parameters import nearest
from traindiff.transforms.tables import DropColumn, PermuteColumn, SetColumn, ShiftColumn
from traindiff.transforms.texts import DeleteText, InsertText, ReplaceText

__all__ = ["KINDS", "from_dict", "parse"]

_CLASSES: tuple[type[Change], ...] = (
    Background,
    Blur,
    Brightness,
    Compose,
    Contrast,
    DeleteText,
    DropColumn,
    Flip,
    Greyscale,
    HighPass,
    InsertText,
    LowPass,
    Noise,
    Occlude,
    Paste,
    Patch,
    PermuteColumn,
    Rectangle,
    ReplaceText,
    Rotate,
    SetColumn,
    Sharpen,
    Shift,
    ShiftColumn,
    Texture,
    Tint,
)

KINDS: dict[str, type[Change]] = {kind.kind: kind for kind in _CLASSES}
"""Kind to class: adding a transformation is writing its class and naming it here."""


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
    kind = values.pop("kind")
    if kind not in KINDS:
        raise InputError(
            f"unknown transformation; {nearest(kind, KINDS)} Known: {', '.join(sorted(KINDS))}."
        )
    if "file" in values:
        values["picture"] = Picture.from_file(str(values.pop("file")))
    if "steps" in values:
        values["steps"] = _steps(values["steps"])
    return _build(KINDS[kind], kind, values)


def _steps(listed: Any) -> tuple[Transform, ...]:
    """Return the steps of a composition: transformations, documents or texts."""
    if not isinstance(listed, list | tuple):
        raise InputError(f"compose: steps must be a list of transformations, found {listed!r}.")
    read: dict[type, Callable[[Any], Transform]] = {str: parse, dict: from_dict}
    return tuple(read.get(type(step), _as_it_is)(step) for step in listed)


def _as_it_is(step: Any) -> Transform:
    if not isinstance(step, Transform):
        raise InputError(f"compose: a step must be a transformation, found {step!r}.")
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


def _build(cls: type[Change], kind: str, values: dict[str, Any]) -> Transform:
    strength = values.pop("strength", 1.0)
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise InputError(
                f"{kind} has no such parameter; {nearest(name, [*fields, 'strength'])} "
                f"It has {', '.join([*fields, 'strength'])}."
            )
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise InputError(f"{kind} needs the parameter {name!r}.")
    return Transform(change=cls(**values), strength=strength)
