"""Every place that data come from, by the name a study file gives it."""

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import formatannotation, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args, get_origin

from pydantic import ValidationError, validate_call

from traindiff.errors import InputError, unknown
from traindiff.plugin import call, resolve

if TYPE_CHECKING:
    from traindiff.datasets.base import Dataset

__all__ = ["SOURCES", "check_source", "load", "source_called"]

# Modules and functions: what a source reads with (pandas, scikit-learn) is imported with it alone.
SOURCES = {
    "breast-cancer": ("bundled", "breast_cancer"),
    "cifar-10": ("cifar", "cifar10"),
    "digits": ("bundled", "digits"),
    "fashion-mnist": ("fashion_mnist", "fashion_mnist"),
    "image-folder": ("image_folder", "image_folder"),
    "living-17": ("living17", "living17"),
    "table": ("table_file", "table_file"),
    "text": ("text_file", "text_file"),
    "waterbirds": ("waterbirds", "waterbirds"),
    "wine": ("bundled", "wine"),
}


def check_source(name: str, arguments: Mapping[str, Any]) -> None:
    """Check what can be checked of a source before what it reads with is imported.

    Raises
    ------
    InputError
        When there is none of that name, or its path leads nowhere.
    """
    if ":" in name:
        return
    if name not in SOURCES:
        message = unknown("data source", name, SOURCES, "the sources are")
        raise InputError(f"{message} Your own: 'module:function'.")
    path = arguments.get("path")
    if isinstance(path, str) and not Path(path).expanduser().exists():
        raise InputError(f"{path}: no such file or folder; relative paths start at {Path.cwd()}.")


def source_called(name: str) -> "Callable[..., Dataset]":
    """Return the function behind one of `SOURCES`."""
    module, function = SOURCES[name]
    found = getattr(import_module(f"traindiff.datasets.{module}"), function)
    return cast("Callable[..., Dataset]", found)


def load(source: str, **arguments: Any) -> "Dataset":
    """Return the dataset of a named source, or of your own function.

    Parameters
    ----------
    source : str
        One of `SOURCES`, or "module:function", a function that returns a `Dataset` or a tuple
        ``(inputs, labels)`` or ``(inputs, labels, class_names)`` as `Dataset.of` takes them. Its
        module may lie in the current directory.
    **arguments
        What the source needs, such as ``path``.

    Raises
    ------
    InputError
        When the source or an argument is unknown, or the data are unusable.

    Examples
    --------
    >>> len(load("digits"))
    1797
    """
    if not isinstance(source, str):
        raise InputError(
            f"a data source is called by its name, found {type(source).__name__}; of data in "
            "memory, traindiff.Dataset.of(inputs, labels) makes a dataset."
        )
    if ":" in source:
        return _as_dataset(source, call(resolve(source), arguments, source))
    check_source(source, {})
    function = source_called(source)
    try:
        return validate_call(function)(**arguments)
    except ValidationError as error:
        raise InputError(_wrong_arguments(source, error)) from None


def _wrong_arguments(source: str, error: ValidationError) -> str:
    """Say, a line an argument, what was expected and what was found."""
    parameters = signature(source_called(source)).parameters
    lines = {}
    for each in error.errors(include_url=False):
        name = str(each["loc"][0])
        if name not in parameters:
            lines[name] = unknown("argument", name, parameters, f"{source!r} takes")
        elif each["type"].startswith("missing"):
            lines[name] = f"data source {source!r} needs the argument {name!r}."
        else:
            expected = _in_words(parameters[name].annotation)
            found = each["input"]
            lines[name] = f"{source!r}: argument {name!r} must be {expected}, found {found!r}."
    return "\n".join(lines.values())


def _in_words(annotation: Any) -> str:
    """Return what an argument may be: its values where these are few, else its type."""
    values = get_args(annotation) if get_origin(annotation) is Literal else ()
    return " or ".join(map(repr, values)) or formatannotation(annotation)


def _as_dataset(source: str, returned: Any) -> "Dataset":
    from traindiff.datasets.base import Dataset

    if isinstance(returned, Dataset):
        return returned
    if isinstance(returned, tuple) and len(returned) in (2, 3):
        return Dataset.of(*returned, name=source)
    raise InputError(
        f"{source!r} must return a Dataset, (inputs, labels) or (inputs, labels, class_names), "
        f"found {type(returned).__name__}"
        + (f" of {len(returned)}." if isinstance(returned, tuple) else ".")
    )
