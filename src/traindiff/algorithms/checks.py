"""What every adapter checks of the models it trains."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from traindiff.datasets import Dataset
from traindiff.errors import InputError, TrainingError

__all__ = ["check_masks", "model_label", "naming_model"]


def check_masks(data: Dataset, masks: np.ndarray, seeds: Sequence[int]) -> None:
    """Check that there is a mask over ``data`` and a seed for each model.

    Raises
    ------
    InputError
        When shapes disagree, or a mask is not boolean or selects no example.
    """
    if masks.dtype != bool or masks.shape != (len(seeds), len(data)) or len(seeds) == 0:
        raise InputError(
            f"masks must be bool of shape [models, train] = {(len(seeds), len(data))}, one row for "
            f"each seed; found {masks.dtype} of shape {masks.shape}."
        )
    if not masks.any(axis=1).all():
        raise InputError(f"the mask of model {masks.any(axis=1).argmin()} selects no example.")


def model_label(name: str, index: int, seeds: Sequence[int]) -> str:
    """Return how a message names one of the models trained together."""
    return f"{name}: model {index} of {len(seeds)} (seed {seeds[index]})"


@contextmanager
def naming_model(name: str, index: int, seeds: Sequence[int], task: str) -> Iterator[None]:
    """Tell which model it is when a library refuses to do its ``task``.

    Raises
    ------
    TrainingError
        In place of the library's ValueError or TypeError.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        raise TrainingError(f"{model_label(name, index, seeds)} can't {task}: {error}") from error
