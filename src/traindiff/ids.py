"""Names of examples, by which arrays from two places are put in one order, or refused."""

from typing import Any

import numpy as np

from traindiff.errors import InputError

__all__ = ["checked_ids", "order_like"]


def checked_ids(name: str, ids: Any, size: int, of: str) -> np.ndarray:
    """Return ids as an array of text.

    Parameters
    ----------
    name : str
        What they are called in messages, such as "train_ids".
    ids : sequence of str or int
    size : int
        How many there have to be.
    of : str
        Which array has so many, such as "masks".

    Raises
    ------
    InputError
        When there are more or fewer, one of them twice, or they are neither text nor whole numbers.
    """
    found = np.asarray(ids)
    if found.shape != (size,):
        raise InputError(
            f"{name} must name each of the {size} columns of {of}, found shape {found.shape}."
        )
    if found.dtype == object:
        found = np.array([each if isinstance(each, str) else "" for each in found.tolist()])
    if found.dtype.kind not in "iuU" or (found == "").any():
        raise InputError(f"{name} must be texts or whole numbers, found {np.asarray(ids).dtype}.")
    found = found.astype(str)
    known, counts = np.unique(found, return_counts=True)
    if len(known) < size:
        raise InputError(
            f"{name} must differ, but {str(known[counts > 1][0])!r} stands {counts.max()} times."
        )
    return found


def order_like(what: str, ids_a: np.ndarray | None, ids_b: np.ndarray | None) -> np.ndarray | None:
    """Return where in B each of A's examples is; None where ids are missing on a side.

    Raises
    ------
    InputError
        When A and B do not name the same examples.
    """
    if ids_a is None or ids_b is None:
        return None
    for name, other, own, theirs in (("A", "B", ids_a, ids_b), ("B", "A", ids_b, ids_a)):
        alone = np.setdiff1d(own, theirs)
        if len(alone):
            raise InputError(
                f"{len(alone)} of {name}'s {len(own)} {what} are not among {other}'s, the first "
                f"{str(alone[0])!r}: both must name the same {what}, in whatever order."
            )
    where = np.argsort(ids_b)
    return np.asarray(where[np.searchsorted(ids_b[where], ids_a)])
