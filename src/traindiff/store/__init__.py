"""The run directory: arrays and documents that survive anything (docs/run-directory.md)."""

from traindiff.store.memory import MemoryStore, Pieces
from traindiff.store.pieces import Misfit, shapes_misfit
from traindiff.store.run import FinishedPiece, RunStore

__all__ = ["FinishedPiece", "MemoryStore", "Misfit", "Pieces", "RunStore", "shapes_misfit"]
