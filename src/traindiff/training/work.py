"""The unit of training: a chunk of models, and what is kept of it.

A chunk's size is fixed by the study, never by the engine or the number of workers, so that results
don't depend on those, bit for bit.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from traindiff.algorithms import Algorithm, Ensemble, Fallible
from traindiff.datasets import Dataset
from traindiff.errors import InputError, TrainingError, at_least, one_of
from traindiff.outputs import OUTPUT_FUNCTIONS, confidence
from traindiff.store import shapes_misfit

__all__ = ["Chunk", "ModelsWork", "OutputsWork", "cut"]

FORMAT = 2  # raised when the same chunk would give other arrays than before


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """Models that are trained as one task.

    Parameters
    ----------
    start : int
        Index of the first model.
    masks : bool array, shape [models, train]
    seeds : tuple of int, length models
    """

    start: int
    masks: np.ndarray
    seeds: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    def name(self) -> str:
        """The models it holds, first and one past the last."""
        return f"{self.start:06d}-{self.start + len(self):06d}"

    def describe(self) -> dict[str, Any]:
        """Return what tells this chunk from others."""
        bits = np.packbits(self.masks, axis=1).tobytes()
        return {
            "masks": hashlib.blake2b(bits, digest_size=16).hexdigest(),
            "train": self.masks.shape[1],
            "seeds": list(self.seeds),
        }


def cut(masks: np.ndarray, seeds: Sequence[int], size: int) -> list[Chunk]:
    """Cut models into chunks of ``size``; the last may be smaller.

    Raises
    ------
    InputError
        When masks and seeds disagree in length, or the size is not positive.
    """
    if len(masks) != len(seeds):
        raise InputError(f"masks has {len(masks)} models, seeds {len(seeds)}: one seed a model.")
    at_least("the chunk size", size, 1)
    return [
        Chunk(start=first, masks=masks[first : first + size], seeds=tuple(seeds[first:][:size]))
        for first in range(0, len(masks), size)
    ]


@dataclass(frozen=True, kw_only=True, eq=False)
class OutputsWork:
    """Train a chunk and keep its outputs on the targets.

    Parameters
    ----------
    algorithm : Algorithm
    train, targets : Dataset
    output : str
        Name of an output function.
    """

    algorithm: Algorithm
    train: Dataset
    targets: Dataset
    output: str

    def __post_init__(self) -> None:
        """Refuse an output function that does not fit the labels."""
        one_of("output", self.output, OUTPUT_FUNCTIONS, "the outputs are")
        regression = self.targets.class_names is None
        if regression != (self.output in ("negative-error", "prediction")):
            raise InputError(
                f"output {self.output!r} does not fit {self.targets.name}, which has "
                f"{'values' if regression else 'classes'} to predict."
            )

    def describe(self) -> dict[str, Any]:
        """Return all that determines a chunk's arrays, but for the chunk."""
        return {
            "format": FORMAT,
            "what": "outputs",
            "algorithm": self.algorithm.describe(),
            "train": self.train.fingerprint,
            "targets": self.targets.fingerprint,
            "output": self.output,
        }

    def misfit(self, chunk: Chunk, arrays: Mapping[str, Any]) -> str | None:
        """Return what tells stored arrays from this chunk's, or None (see `chunks.Work`)."""
        each, targets = (len(chunk),), (len(chunk), len(self.targets))
        expected = {
            "masks": (chunk.masks.shape, "b"),
            "seeds": (each, "iu"),
            "values": (targets, "f"),
        }
        if self.targets.class_names is not None:
            expected |= {"predictions": (targets, "iu"), "confidences": (targets, "f")}
        if "failures" in arrays:
            expected["failures"] = (each, "iu")
        return shapes_misfit(arrays, expected) or self._content_misfit(chunk, arrays)

    def _content_misfit(self, chunk: Chunk, arrays: Mapping[str, Any]) -> str | None:
        if not np.array_equal(np.asarray(arrays["masks"]), chunk.masks):
            return "masks are not those of the study"
        if not np.array_equal(np.asarray(arrays["seeds"]), chunk.seeds):
            return "seeds are not those of the study"
        if self.targets.class_names is None:
            return None
        predictions, shares = (np.asarray(arrays[each]) for each in ("predictions", "confidences"))
        if predictions.min() < 0 or predictions.max() >= len(self.targets.class_names):
            return f"predictions must lie below {len(self.targets.class_names)} classes"
        if (shares < 0).any() or (shares > 1).any():  # NaN, of a model that diverged, is neither
            return "confidences must lie in [0, 1]"
        return None

    def __call__(self, chunk: Chunk) -> dict[str, np.ndarray]:
        """Return masks, seeds and values; predictions and failures where there are any."""
        with threadpool_limits(1), _enough_memory():
            ensemble = self.algorithm.train(self.train, chunk.masks, chunk.seeds, _nobody)
            logits = ensemble.predict(self.targets.inputs)
        with np.errstate(all="ignore"):  # a diverged model's outputs are counted, not computed with
            values = OUTPUT_FUNCTIONS[self.output](logits, self.targets.labels)
        arrays = {"masks": chunk.masks, "seeds": np.array(chunk.seeds), "values": values}
        if self.targets.class_names is not None:
            arrays["predictions"] = logits.argmax(axis=-1).astype(np.int16)
            with np.errstate(all="ignore"):
                arrays["confidences"] = confidence(logits)
        if isinstance(ensemble, Fallible):
            arrays["failures"] = ensemble.failures()
        return arrays


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelsWork:
    """Train a chunk and keep the models themselves.

    Parameters
    ----------
    algorithm : Algorithm
        One whose models have `Ensemble.arrays`.
    train : Dataset
    """

    algorithm: Algorithm
    train: Dataset

    def describe(self) -> dict[str, Any]:
        """Return all that determines a chunk's arrays, but for the chunk."""
        return {
            "format": FORMAT,
            "what": "models",
            "algorithm": self.algorithm.describe(),
            "train": self.train.fingerprint,
        }

    def misfit(self, chunk: Chunk, arrays: Mapping[str, Any]) -> str | None:
        """Return what tells stored arrays from this chunk's, or None (see `chunks.Work`)."""
        of_models = {
            name: ((len(chunk), *array.shape[1:]), "fiub") for name, array in arrays.items()
        }
        return shapes_misfit(arrays, of_models) if arrays else "there are no arrays"

    def __call__(self, chunk: Chunk) -> Mapping[str, np.ndarray]:
        """Return the state of a chunk's models, by name."""
        arrays = self.train_here(chunk).arrays()
        assert arrays is not None, "only algorithms whose models can be kept come this way"
        return arrays

    def train_here(self, chunk: Chunk) -> Ensemble:
        """Return a chunk's models themselves."""
        with threadpool_limits(1), _enough_memory():
            return self.algorithm.train(self.train, chunk.masks, chunk.seeds, _nobody)


@contextmanager
def _enough_memory() -> Iterator[None]:
    """Say what to do where memory runs out.

    Raises
    ------
    TrainingError
        In place of a MemoryError.
    """
    try:
        yield
    except MemoryError as error:
        raise TrainingError(
            f"out of memory ({error}): use fewer workers or a smaller chunk (`workers`, `chunk` in "
            "[train]). What was finished is kept."
        ) from error


def _nobody(amount: int = 1) -> None:
    """Progress is told by chunks, in the coordinating process."""
