"""What an input is in each modality, and what it can't be."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from traindiff.errors import InputError, one_of

__all__ = ["Modality", "checked_inputs"]

Modality = Literal["image", "table", "text"]


def checked_inputs(name: str, modality: Modality, inputs: np.ndarray) -> np.ndarray:
    """Return ``inputs`` in the type its modality is kept in (see `Dataset.inputs`).

    Raises
    ------
    InputError
        When the modality is unknown, or shape, type or range of the inputs do not fit it.
    """
    one_of(f"modality of {name}", modality, _CHECKS, "the modalities are")
    return _CHECKS[modality](name, inputs)


def _images(name: str, inputs: np.ndarray) -> np.ndarray:
    if inputs.ndim != 4 or inputs.dtype.kind != "f":
        raise InputError(
            f"{name}: images must be float32 of shape [examples, channels, height, width], "
            f"found {inputs.dtype} of shape {inputs.shape}."
        )
    _, channels, height, width = inputs.shape
    if min(channels, height) > 4 and width in (1, 3, 4):
        raise InputError(
            f"{name}: images of shape {inputs.shape} have their channels last; expected [examples, "
            "channels, height, width]: give inputs.transpose(0, 3, 1, 2)."
        )
    # min and max also catch NaN, which fails every comparison.
    if inputs.size and not (inputs.min() >= 0 and inputs.max() <= 1):
        raise InputError(
            f"{name}: pixels must lie in [0, 1], found {inputs.min():g} to {inputs.max():g}; "
            "rescale them (8-bit pixels: divide by 255)."
        )
    return inputs.astype(np.float32, copy=False)


def _table(name: str, inputs: np.ndarray) -> np.ndarray:
    if inputs.ndim != 2 or inputs.dtype.kind not in "biuf":
        raise InputError(
            f"{name}: a table must be numbers of shape [examples, columns], "
            f"found {inputs.dtype} of shape {inputs.shape}."
        )
    if not np.isfinite(inputs).all():
        raise InputError(f"{name}: inputs hold NaN or infinite values; fill or drop them.")
    return inputs.astype(np.float64, copy=False)


def _texts(name: str, inputs: np.ndarray) -> np.ndarray:
    # Objects, not a fixed width: one long text must not widen all, nor a transformation be cut.
    texts = inputs.astype(object)
    others = [text for text in texts.flat if not isinstance(text, str)]
    if texts.ndim != 1 or others:
        found = repr(others[0]) if others else f"shape {texts.shape}"
        raise InputError(f"{name}: texts must be str of shape [examples], found {found}.")
    return texts


_CHECKS: dict[Modality, Callable[[str, np.ndarray], np.ndarray]] = {
    "image": _images,
    "table": _table,
    "text": _texts,
}
