"""Which models fit, which choose the penalty, and which judge (METHOD §2)."""

from dataclasses import dataclass

import numpy as np

from traindiff import seeding
from traindiff.errors import InputError, between

__all__ = ["Split", "fold_indices", "split_models"]

_JUDGES = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Disjoint sorted indices of models: to fit, to choose the penalty (maybe none), to judge."""

    fit: np.ndarray
    choose: np.ndarray
    judge: np.ndarray


def split_models(n_models: int, held_out: float, *, choosing: bool, seed: int) -> Split:
    """Hold out a share of the models; when ``choosing``, half of it chooses the penalty.

    Raises
    ------
    InputError
        When the share is not in (0, 1) or leaves too few models for a part.
    """
    between("held_out", held_out, 0, 1, strictly=True)
    part = max(_JUDGES, round(n_models * held_out / (2 if choosing else 1)))
    outside = 2 * part if choosing else part
    if n_models - outside < 2:
        raise InputError(
            f"{n_models} models are too few: {outside} of them are held out to choose the penalty "
            f"and to measure the quality, and the fit needs at least 2. Train more models"
            + (" or lower held_out." if part > _JUDGES else ".")
        )
    order = seeding.stream(seed, "held-out-models").permutation(n_models)
    return Split(
        judge=np.sort(order[:part]),
        choose=np.sort(order[part:outside]),
        fit=np.sort(order[outside:]),
    )


def fold_indices(n_models: int, folds: int, *, seed: int) -> list[np.ndarray]:
    """Return ``folds`` disjoint random index arrays that cover the models.

    Raises
    ------
    InputError
        When there are fewer than two folds, or a fit would be left with fewer than two models.
    """
    between(f"folds of {n_models} models", folds, 2, n_models // 2)
    order = seeding.stream(seed, "folds").permutation(n_models)
    return [np.sort(part) for part in np.array_split(order, folds)]
