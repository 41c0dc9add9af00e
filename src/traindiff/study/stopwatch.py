"""When a run began and how long it has worked, kept through interruptions."""

import time
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from traindiff.errors import StoreError
from traindiff.report.made import Made, made_now
from traindiff.store import RunStore

__all__ = ["Stopwatch"]

DOCUMENT = "made"


class Stopwatch:
    """Counts the seconds of all sessions of a run, until its report is made.

    Parameters
    ----------
    store : RunStore
    identity : str
        Fingerprint of the resolved study: one that was changed since begins anew.
    """

    def __init__(self, store: RunStore, identity: str) -> None:
        self.store, self.identity = store, identity
        self.started = time.monotonic()
        self.known = self._read()

    def __enter__(self) -> Self:
        """Note when the run began, before there is anything to lose."""
        self._write(done=self.known["done"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Keep the seconds of a session that did not come to an end."""
        if error is not None and not self.known["done"] and not isinstance(error, StoreError):
            self._write(done=False)

    def made(self) -> Made:
        """Return when and how the report was made; the same whenever it is written anew."""
        if not self.known["done"]:
            self._write(done=True)
        return Made(**{name: value for name, value in self.known.items() if name != "done"})

    def _read(self) -> dict[str, Any]:
        try:
            known = self.store.load_json(DOCUMENT, self.identity)
        except StoreError:  # damaged: nothing that was computed depends on it
            known = None
        return known or {**asdict(made_now(0.0)), "done": False}

    def _write(self, *, done: bool) -> None:
        now = time.monotonic()
        if self.known["seconds"] is not None and not self.known["done"]:
            self.known["seconds"] += now - self.started
        self.started, self.known["done"] = now, done
        self.store.save_json(DOCUMENT, self.identity, self.known)
