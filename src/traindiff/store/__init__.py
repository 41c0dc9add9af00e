"""The run directory: arrays and documents that survive anything (docs/run-directory.md)."""

from traindiff.store.memory import MemoryStore, Pieces
from traindiff.store.run import RunStore

__all__ = ["MemoryStore", "Pieces", "RunStore"]
