"""Sections [a] and [b] of a study file become learning algorithms."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from traindiff.errors import InputError, unknown
from traindiff.plugin import call, resolve
from traindiff.study.validation import construct

if TYPE_CHECKING:
    from traindiff.algorithms import Algorithm

__all__ = ["KINDS", "build_algorithm", "check_kind"]


def _torch(settings: dict[str, Any], where: str) -> "Algorithm":
    from traindiff.algorithms.torch.algorithm import TorchAlgorithm

    return construct(TorchAlgorithm, settings, where)


def _sklearn(settings: dict[str, Any], where: str) -> "Algorithm":
    from traindiff.algorithms.sklearn.algorithm import SklearnAlgorithm

    return construct(SklearnAlgorithm.named, settings, where)


def _function(settings: dict[str, Any], where: str) -> "Algorithm":
    from traindiff.algorithms.function import FunctionAlgorithm

    return construct(FunctionAlgorithm.named, settings, where)


def _closed_form(settings: dict[str, Any], where: str) -> "Algorithm":
    from traindiff.algorithms.closed_form.algorithm import ClosedFormAlgorithm

    return construct(ClosedFormAlgorithm, settings, where)


def _command(settings: dict[str, Any], where: str) -> "Algorithm":
    from traindiff.algorithms.command.algorithm import CommandAlgorithm

    return construct(CommandAlgorithm, settings, where)


KINDS: "dict[str, Callable[[dict[str, Any], str], Algorithm]]" = {
    "closed-form": _closed_form,
    "command": _command,
    "function": _function,
    "sklearn": _sklearn,
    "torch": _torch,
}


def check_kind(settings: Mapping[str, Any], where: str) -> str:
    """Return the kind of a section [a] or [b], which no library is needed to check.

    Raises
    ------
    InputError
        When it is missing or unknown.
    """
    kind = settings.get("kind")
    if not isinstance(kind, str):
        raise InputError(
            f"{where}.kind is missing: one of {', '.join(KINDS)}, or your own 'module:factory'."
        )
    if ":" not in kind and kind not in KINDS:
        raise InputError(f"{where}: " + unknown("kind", kind, KINDS, "the kinds are"))
    return kind


def build_algorithm(settings: Mapping[str, Any], where: str) -> "Algorithm":
    """Return the algorithm of one section.

    Parameters
    ----------
    settings : mapping
        ``kind``, one of `KINDS` or "module:factory" (a function that returns an `Algorithm`), and
        what the kind takes.
    where : str
        "a" or "b"; also the name of an algorithm without one.

    Raises
    ------
    InputError
        When the kind or a key is unknown, or a value unsuitable.
    """
    kind = check_kind(settings, where)
    options = {key: value for key, value in settings.items() if key != "kind"}
    if ":" in kind:
        from traindiff.algorithms import Algorithm

        made = call(resolve(kind), options, f"{where}.kind {kind}")
        if not isinstance(made, Algorithm):
            raise InputError(f"{kind!r} must return an Algorithm, found {type(made).__name__}.")
        return made
    return KINDS[kind]({"name": where.upper(), **options}, where)
