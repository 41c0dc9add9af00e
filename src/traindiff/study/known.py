"""What a run has found, kept: a second run reads it and only draws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import traindiff
from traindiff.errors import StoreError
from traindiff.identity import fingerprint
from traindiff.store import Pieces
from traindiff.store.values import from_arrays, to_arrays

__all__ = ["Known"]

Value = TypeVar("Value")

LIBRARIES = ("numpy", "scipy")


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """Values of one study's stages, each computed once.

    Parameters
    ----------
    store : Pieces
    of : mapping
        JSON-like: all that the values are computed from, but for the settings of each.
    """

    store: Pieces
    of: Mapping[str, Any]

    def value(self, name: str, settings: Mapping[str, Any], compute: Callable[[], Value]) -> Value:
        """Return what ``compute`` returns, or what it returned when it was last asked for.

        Parameters
        ----------
        name : str
        settings : mapping
            JSON-like: what else determines the value.
        compute : callable
        """
        determined = {"of": dict(self.of), "settings": dict(settings), "by": _code()}
        address = f"found/{name}", fingerprint(determined)
        kept = self._kept(*address)
        if kept is not None:
            return kept[0]  # type: ignore[no-any-return]
        value = compute()
        self.store.save_arrays(*address, to_arrays(value))
        return value

    def _kept(self, name: str, key: str) -> tuple[Any] | None:
        try:
            arrays = self.store.load_arrays(name, key)
            return None if arrays is None else (from_arrays(arrays),)
        except StoreError:  # a damaged piece is named among the store's, and computed anew
            return None


@cache
def _code() -> dict[str, str]:
    """Return what tells this code from any other: values of another would be stale."""
    found = blake2b(digest_size=16)
    package = Path(traindiff.__file__).parent
    for path in sorted(package.rglob("*.py")):
        found.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return {"traindiff": found.hexdigest(), **{name: version(name) for name in LIBRARIES}}
