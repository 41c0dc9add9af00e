"""Every place that data come from, by the name a study file gives it."""

from collections.abc import Callable
from inspect import formatannotation, signature
from typing import Any

from pydantic import ValidationError, validate_call

from traindiff.datasets.base import Dataset
from traindiff.datasets.bundled import breast_cancer, digits, wine
from traindiff.datasets.cifar import cifar10
from traindiff.datasets.fashion_mnist import fashion_mnist
from traindiff.datasets.image_folder import image_folder
from traindiff.datasets.living17 import living17
from traindiff.datasets.table_file import table_file
from traindiff.datasets.text_file import text_file
from traindiff.datasets.waterbirds import waterbirds
from traindiff.errors import InputError, unknown
from traindiff.plugin import call, resolve

__all__ = ["SOURCES", "load"]

SOURCES: dict[str, Callable[..., Dataset]] = {
    "breast-cancer": breast_cancer,
    "cifar-10": cifar10,
    "digits": digits,
    "fashion-mnist": fashion_mnist,
    "image-folder": image_folder,
    "living-17": living17,
    "table": table_file,
    "text": text_file,
    "waterbirds": waterbirds,
    "wine": wine,
}


def load(source: str, **arguments: Any) -> Dataset:
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
    if source not in SOURCES:
        message = unknown("data source", source, SOURCES, "the sources are")
        raise InputError(f"{message} Your own: 'module:function'.")
    try:
        return validate_call(SOURCES[source])(**arguments)
    except ValidationError as error:
        raise InputError(_wrong_arguments(source, error)) from None


def _wrong_arguments(source: str, error: ValidationError) -> str:
    """Say, a line an argument, what was expected and what was found."""
    parameters = signature(SOURCES[source]).parameters
    lines = {}
    for each in error.errors(include_url=False):
        name = str(each["loc"][0])
        if name not in parameters:
            lines[name] = unknown("argument", name, parameters, f"{source!r} takes")
        elif each["type"].startswith("missing"):
            lines[name] = f"data source {source!r} needs the argument {name!r}."
        else:
            expected = formatannotation(parameters[name].annotation)
            found = each["input"]
            lines[name] = f"{source!r}: argument {name!r} must be {expected}, found {found!r}."
    return "\n".join(lines.values())


def _as_dataset(source: str, returned: Any) -> Dataset:
    if isinstance(returned, Dataset):
        return returned
    if isinstance(returned, tuple) and len(returned) in (2, 3):
        return Dataset.of(*returned, name=source)
    raise InputError(
        f"{source!r} must return a Dataset, (inputs, labels) or (inputs, labels, class_names), "
        f"found {type(returned).__name__}"
        + (f" of {len(returned)}." if isinstance(returned, tuple) else ".")
    )
