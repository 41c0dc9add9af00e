"""Trained models to ask further questions of, such as verification's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.algorithms import Algorithm, Ensemble
from traindiff.datasets import Dataset
from traindiff.errors import TrainingError
from traindiff.progress import Advance, Progress, Silent
from traindiff.store import MemoryStore, Pieces
from traindiff.training.chunks import keep, load_finished, train_chunks
from traindiff.training.engines import Engine, Inline
from traindiff.training.work import Chunk, ModelsWork, cut

__all__ = ["ENSEMBLE_CHUNK", "JoinedEnsemble", "train_ensemble"]

ENSEMBLE_CHUNK = 16
"""Models a task by default: verification trains tens, and every worker should have some."""


@dataclass(frozen=True, kw_only=True, eq=False)
class JoinedEnsemble:
    """Ensembles of one algorithm, laid end to end."""

    parts: Sequence[Ensemble]

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return what every model says about every input (see `Ensemble.predict`).

        Raises
        ------
        TrainingError
            When a model says NaN or infinity: it diverged.
        """
        outputs = np.concatenate([part.predict(inputs) for part in self.parts])
        broken = ~np.isfinite(outputs).all(axis=(1, 2))
        if broken.any():
            raise TrainingError(
                f"{int(broken.sum())} of {len(outputs)} models diverged (outputs NaN or infinite), "
                f"the first is model {int(broken.argmax())}: lower the learning rate."
            )
        return outputs

    def arrays(self) -> Mapping[str, np.ndarray] | None:
        """Return the models' state by name, or None where only retraining can restore them."""
        states = [part.arrays() for part in self.parts]
        known = [state for state in states if state is not None]
        if len(known) < len(states):
            return None
        return {name: np.concatenate([state[name] for state in known]) for name in known[0]}


def train_ensemble(
    algorithm: Algorithm,
    train: Dataset,
    masks: np.ndarray,
    seeds: Sequence[int],
    *,
    engine: Engine | None = None,
    chunk: int = ENSEMBLE_CHUNK,
    pieces: Pieces | None = None,
    name: str = "models",
    progress: Progress | None = None,
) -> JoinedEnsemble:
    """Train one model per row of ``masks`` and return the models.

    Models that have arrays are kept in ``pieces`` and trained by ``engine``; others, such as
    scikit-learn's, are trained in this process, each time.

    Parameters
    ----------
    algorithm, train, masks, seeds, engine, chunk, pieces, name, progress
        As for `train_outputs`.

    Raises
    ------
    InputError
        When the algorithm can't learn from ``train``, or shapes do not fit.
    TrainingError
        When models can't be trained, or workers keep dying.
    StoreError
        When the disk refuses. Chunks finished before are kept.
    """
    algorithm.check(train)
    work = ModelsWork(algorithm=algorithm, train=train)
    chunks = cut(masks, seeds, chunk)
    pieces, progress = pieces or MemoryStore(), progress or Silent()
    known, _ = load_finished(work, chunks, pieces, name)
    done, total = sum(len(chunks[index]) for index in known), sum(map(len, chunks))
    with progress.stage(f"training {name}", total, done=done) as advance:
        # Only a trained chunk tells whether the algorithm's models can be kept, so the first is
        # trained here.
        if 0 not in known:
            first = work.train_here(chunks[0])
            advance(len(chunks[0]))
            state = first.arrays()
            if state is None:
                return JoinedEnsemble(parts=[first, *_train_here(work, chunks[1:], advance)])
            keep(work, chunks[0], state, pieces, name)
            known[0] = state
        left = {index: chunk for index, chunk in enumerate(chunks) if index not in known}
        known |= train_chunks(
            work, left, pieces=pieces, name=name, engine=engine or Inline(), advance=advance
        )
    return JoinedEnsemble(
        parts=[algorithm.restore(train, known[index]) for index in range(len(chunks))]
    )


def _train_here(work: ModelsWork, chunks: Sequence[Chunk], advance: Advance) -> Iterator[Ensemble]:
    for chunk in chunks:
        yield work.train_here(chunk)
        advance(len(chunk))
