"""Every augmentation by the kind that a study file calls it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from traindiff.augment.base import Augmentation
from traindiff.augment.geometry import RandomFlip, RandomResizedCrop, RandomRotation, RandomShift
from traindiff.augment.pixels import RandomCutout, RandomNoise
from traindiff.errors import InputError, one_of

__all__ = ["KINDS", "from_dict"]

KINDS: dict[str, type[Augmentation]] = {
    kind.name: kind
    for kind in (
        RandomFlip,
        RandomShift,
        RandomResizedCrop,
        RandomRotation,
        RandomNoise,
        RandomCutout,
    )
}


def from_dict(document: Mapping[str, Any]) -> Augmentation:
    """Return the augmentation that a study file's table describes.

    Parameters
    ----------
    document : mapping
        ``kind`` and the kind's own parameters.

    Raises
    ------
    InputError
        When the kind or a parameter is unknown, or a value out of range.

    Examples
    --------
    >>> from_dict({"kind": "shift", "pixels": 1})
    RandomShift(pixels=1)
    """
    options = dict(document)
    if "kind" not in options:
        raise InputError(f"an augmentation needs a kind: one of {', '.join(KINDS)}.")
    kind = one_of("augmentation", options.pop("kind"), KINDS, "the kinds are")
    known = [field.name for field in fields(KINDS[kind])]  # type: ignore[arg-type]
    for name in options:
        one_of("parameter", name, known, f"augmentation {kind!r} takes")
    return KINDS[kind](**options)
