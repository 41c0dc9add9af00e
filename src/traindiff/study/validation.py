"""Settings a person wrote, checked; what is wrong is said a line a key."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from traindiff.errors import InputError, unknown

__all__ = ["construct", "explain", "parse"]

KINDS: dict[type, tuple[str, tuple[type, ...]]] = {
    bool: ("true or false", ()),
    int: ("a whole number", ()),
    float: ("a number", (int,)),
}
"""What a number is called, and what else may be written for it."""

Model = TypeVar("Model", bound=BaseModel)
Made = TypeVar("Made")


def parse(model: type[Model], settings: Mapping[str, Any], where: str) -> Model:
    """Return ``settings`` as a ``model``.

    Raises
    ------
    InputError
        Naming every wrong key after ``where``, which may be empty: what was expected, what was
        found.
    """
    try:
        return model.model_validate(settings)
    except ValidationError as error:
        raise InputError(explain(error, model, where)) from None


def construct(factory: Callable[..., Made], settings: Mapping[str, Any], where: str) -> Made:
    """Call ``factory`` with ``settings`` once they are known to suit its annotated parameters.

    Raises
    ------
    InputError
        As `parse`.
    """
    parameters = inspect.signature(factory, eval_str=True).parameters.values()
    fields: Any = {
        each.name: (each.annotation, ... if each.default is each.empty else each.default)
        for each in parameters
    }
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())
    model = create_model(where, __config__=config, **fields)
    checked = parse(model, settings, where)
    for name, given in settings.items():
        _refuse_converted(given, getattr(checked, name), f"{where}.{name}")
    return factory(**{name: getattr(checked, name) for name in settings})


def _refuse_converted(given: Any, made: Any, where: str) -> None:
    """Refuse a number or a truth value that was made of something else, such as 3 of "3"."""
    if isinstance(given, list | tuple) and isinstance(made, list | tuple):
        for place, (one, other) in enumerate(zip(given, made, strict=False)):
            _refuse_converted(one, other, f"{where}[{place}]")
    kind = type(made)
    if kind in KINDS and type(given) not in (kind, *KINDS[kind][1]):
        raise InputError(f"{where}: should be {KINDS[kind][0]}, found {given!r}.")


def explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    """Return what is wrong with the settings of a ``model``, a line a key."""
    lines: dict[str, str] = {}
    for each in error.errors(include_url=False):
        path = [str(part) for part in each["loc"]]
        key = ".".join(filter(None, [where, *path]))
        if each["type"] == "extra_forbidden":
            known = _keys(model, path[:-1])
            owner = ".".join(filter(None, [where, *path[:-1]]))
            lines[key] = f"{owner}: " + unknown("key", path[-1], known, "it takes")
        elif each["type"] == "missing":
            lines[key] = f"{key} is missing."
        else:
            # A section that contradicts itself says what it found: all of it would bury that.
            found = "" if isinstance(each["input"], Mapping) else f", found {each['input']!r}"
            lines.setdefault(key, f"{key}: {_lower(each['msg'])}{found}.")
    return "\n".join(lines.values())


def _keys(model: type[BaseModel], path: list[str]) -> list[str]:
    for name in path:
        inner = model.model_fields[name].annotation if name in model.model_fields else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return list(model.model_fields)


def _lower(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Input ")
    return message[:1].lower() + message[1:]
