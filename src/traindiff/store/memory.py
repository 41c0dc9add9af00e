"""Where finished pieces of work are kept: what stages ask for, and the form that forgets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from traindiff.store.pieces import Misfit

__all__ = ["MemoryStore", "Pieces"]


class Pieces(Protocol):
    """Named arrays, each addressed by the fingerprint of all that determines them."""

    def load_arrays(
        self, name: str, fingerprint: str, misfit: Misfit | None = None
    ) -> dict[str, np.ndarray] | None:
        """Return the arrays, or None where they were never finished.

        Parameters
        ----------
        name, fingerprint : str
        misfit : callable, optional
            Given the arrays by name (only their shapes and types are there at once; `numpy.asarray`
            reads one), it says what is wrong with them, which is then damage; or None.

        Raises
        ------
        StoreError
            When they are damaged; the message names the file.
        """
        ...

    def holds(self, name: str, fingerprint: str) -> bool:
        """Return whether the arrays are there, undamaged."""
        ...

    def save_arrays(
        self,
        name: str,
        fingerprint: str,
        arrays: Mapping[str, np.ndarray],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep arrays; ``about`` says for people what determined them."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class MemoryStore:
    """Pieces that last as long as the process."""

    pieces: dict[tuple[str, str], dict[str, np.ndarray]] = field(default_factory=dict)

    def load_arrays(
        self, name: str, fingerprint: str, misfit: Misfit | None = None
    ) -> dict[str, np.ndarray] | None:
        """Return the arrays, or None where they were never saved; nobody can have forged them."""
        return self.pieces.get((name, fingerprint))

    def holds(self, name: str, fingerprint: str) -> bool:
        """Return whether the arrays are there."""
        return (name, fingerprint) in self.pieces

    def save_arrays(
        self,
        name: str,
        fingerprint: str,
        arrays: Mapping[str, np.ndarray],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep arrays."""
        self.pieces[name, fingerprint] = dict(arrays)
