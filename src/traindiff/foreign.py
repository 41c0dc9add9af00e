"""Arrays in files that other programs wrote, which may be damaged in any way."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from traindiff.errors import InputError

__all__ = ["read_array", "reading"]

Read = TypeVar("Read")


def reading(path: str | Path, expected: str, read: Callable[[], Read]) -> Read:
    """Return what ``read`` makes of a file, or say what the file must be.

    A reader of foreign files raises what its parsers raise: of a damaged header tokenizer's
    errors, of a wrong magic number KeyError or IndexError. No list of them is complete.

    Parameters
    ----------
    path : path
    expected : str
        What the message says the file must be, and how to make one.
    read : callable
        Without arguments.

    Raises
    ------
    InputError
        In place of whatever ``read`` raises.
    """
    try:
        return read()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"{path} must be {expected}; it can't be read ({type(error).__name__}: {reason}). Is "
            "it complete, and what its name says?"
        ) from error


def read_array(path: str | Path) -> np.ndarray | dict[str, np.ndarray]:
    """Return the array of an .npy file, or the arrays of an .npz file by name.

    Raises
    ------
    InputError
        When it is none, is damaged, or holds objects.
    """

    def read() -> np.ndarray | dict[str, np.ndarray]:
        with Path(path).open("rb") as file:  # numpy leaves a damaged archive open
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return found
            with found:
                return {name: found[name] for name in found.files}

    return reading(path, "a readable .npy or .npz file of numbers, as numpy.save writes it", read)
