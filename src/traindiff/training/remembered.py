"""Models that can't be kept, such as scikit-learn's: what they have said is kept instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from traindiff.algorithms import Ensemble
from traindiff.errors import StoreError
from traindiff.identity import fingerprint, fingerprint_array
from traindiff.store import Pieces, shapes_misfit
from traindiff.training.work import Chunk, ModelsWork

__all__ = ["Answers", "Remembering"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """Where the answers of one ensemble's models are kept.

    Parameters
    ----------
    work : ModelsWork
        How the models are trained.
    pieces : Pieces
    name : str
        Of the pieces.
    """

    work: ModelsWork
    pieces: Pieces
    name: str

    def begun(self) -> bool:
        """Return whether an earlier run found that the models can't be kept."""
        return self.pieces.holds(*self._address("models"))

    def begin(self) -> None:
        """Note that the models can't be kept."""
        self.pieces.save_arrays(*self._address("models"), {"kept": np.array(False)})

    def load(self, chunk: Chunk, inputs: np.ndarray) -> np.ndarray | None:
        """Return what a chunk's models said about ``inputs``; None where that is not known."""
        try:
            kept = self.pieces.load_arrays(
                *self._answer(chunk, inputs), misfit=partial(_misfit, chunk, inputs)
            )
        except StoreError:
            return None  # damaged: asked again, and written over
        return None if kept is None else kept["outputs"]

    def save(self, chunk: Chunk, inputs: np.ndarray, outputs: np.ndarray) -> None:
        """Keep what a chunk's models say about ``inputs``."""
        about = {"work": self.work.describe(), "models": [chunk.start, chunk.start + len(chunk)]}
        self.pieces.save_arrays(*self._answer(chunk, inputs), {"outputs": outputs}, about=about)

    def _answer(self, chunk: Chunk, inputs: np.ndarray) -> tuple[str, str]:
        return self._address(
            chunk.name, {"chunk": chunk.describe(), "inputs": fingerprint_array(inputs)}
        )

    def _address(self, of: str, about: object = None) -> tuple[str, str]:
        identity = {"work": self.work.describe(), "what": "answers", "about": about}
        return f"{self.name}/answers-{of}", fingerprint(identity)


def _misfit(chunk: Chunk, inputs: np.ndarray, arrays: Mapping[str, Any]) -> str | None:
    classes = arrays["outputs"].shape[2:] if "outputs" in arrays else (1,)
    return shapes_misfit(arrays, {"outputs": ((len(chunk), len(inputs), *classes[:1]), "f")})


@dataclass(frozen=True, kw_only=True, eq=False)
class Remembering:
    """A chunk's models, trained again only when they are asked what they never were.

    Parameters
    ----------
    answers : Answers
    chunk : Chunk
    trained : Ensemble, optional
        The models, where they are there already.
    """

    answers: Answers
    chunk: Chunk
    trained: Ensemble | None = None

    @cached_property
    def models(self) -> Ensemble:
        """The models themselves."""
        if self.trained is None:
            return self.answers.work.train_here(self.chunk)
        return self.trained

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return what every model says about every input (see `Ensemble.predict`)."""
        known = self.answers.load(self.chunk, inputs)
        if known is None:
            known = self.models.predict(inputs)
            self.answers.save(self.chunk, inputs, known)
        return known

    def arrays(self) -> Mapping[str, np.ndarray] | None:
        """Return None: only training again restores these models."""
        return None
