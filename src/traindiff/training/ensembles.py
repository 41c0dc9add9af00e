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
from traindiff.training.divergence import Divergence, finite
from traindiff.training.engines import Engine, Inline
from traindiff.training.remembered import Answers, Remembering
from traindiff.training.work import Chunk, ModelsWork, cut

__all__ = ["ENSEMBLE_CHUNK", "JoinedEnsemble", "train_ensemble"]

ENSEMBLE_CHUNK = 16
"""Models a task by default: verification trains tens, and every worker should have some."""


@dataclass(frozen=True, kw_only=True, eq=False)
class JoinedEnsemble:
    """Ensembles of one algorithm, laid end to end, but for models that diverged.

    Parameters
    ----------
    parts : sequence of Ensemble
    kept : bool array, shape [models]
        Which models are there, among all that the parts hold.
    diverged : tuple of (int, int)
        Index and seed of each model left out, because its state holds NaN or infinity.
    """

    parts: Sequence[Ensemble]
    kept: np.ndarray
    diverged: tuple[tuple[int, int], ...] = ()

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return what every model says about every input (see `Ensemble.predict`).

        Raises
        ------
        TrainingError
            When a model says NaN or infinity: it diverged.
        """
        outputs: np.ndarray = np.concatenate([part.predict(inputs) for part in self.parts])
        outputs = outputs[self.kept]
        broken = ~finite(outputs)
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
        return {
            name: np.concatenate([state[name] for state in known])[self.kept] for name in known[0]
        }


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
    remember: bool = False,
    progress: Progress | None = None,
) -> JoinedEnsemble:
    """Train one model per row of ``masks`` and return the models.

    Models that have arrays are kept in ``pieces`` and trained by ``engine``; others, such as
    scikit-learn's, are trained in this process, each time (but see ``remember``). Models that
    diverged are left out.

    Parameters
    ----------
    algorithm, train, masks, seeds, engine, chunk, pieces, name, progress
        As for `train_outputs`.
    remember : bool
        Whether ``pieces`` keep what models without arrays say. They are then trained again only
        when they are asked about other inputs than before.

    Raises
    ------
    InputError
        When the algorithm can't learn from ``train``, or shapes do not fit.
    TrainingError
        When models can't be trained, more than a tenth of them diverge, or workers keep dying.
    StoreError
        When the disk refuses. Chunks finished before are kept.
    """
    algorithm.check(train)
    work = ModelsWork(algorithm=algorithm, train=train)
    chunks = cut(masks, seeds, chunk)
    pieces, progress = pieces or MemoryStore(), progress or Silent()
    answers = Answers(work=work, pieces=pieces, name=name) if remember else None
    if answers is not None and answers.begun():
        return _unkept([Remembering(answers=answers, chunk=chunk) for chunk in chunks], masks)
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
                parts = [first, *_train_here(work, chunks[1:], advance)]
                return _unkept(_remembered(parts, chunks, answers), masks)
            keep(work, chunks[0], state, pieces, name)
            known[0] = state
        left = {index: chunk for index, chunk in enumerate(chunks) if index not in known}
        known |= train_chunks(
            work, left, pieces=pieces, name=name, engine=engine or Inline(), advance=advance
        )
    states = [known[index] for index in range(len(chunks))]
    kept = np.concatenate([_finite(state) for state in states])
    counted = Divergence(algorithm=algorithm.name, models=len(masks))
    counted.count(np.where(kept, 0.0, np.nan), np.array(seeds))
    return JoinedEnsemble(
        parts=[algorithm.restore(train, state) for state in states],
        kept=kept,
        diverged=tuple((index, seeds[index]) for index in np.flatnonzero(~kept).tolist()),
    )


def _remembered(
    parts: Sequence[Ensemble], chunks: Sequence[Chunk], answers: Answers | None
) -> Sequence[Ensemble]:
    if answers is None:
        return parts
    answers.begin()
    return [
        Remembering(answers=answers, chunk=chunk, trained=part)
        for chunk, part in zip(chunks, parts, strict=True)
    ]


def _unkept(parts: Sequence[Ensemble], masks: np.ndarray) -> JoinedEnsemble:
    return JoinedEnsemble(parts=parts, kept=np.ones(len(masks), dtype=bool))


def _finite(state: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.asarray(np.all([finite(array) for array in state.values()], axis=0))


def _train_here(work: ModelsWork, chunks: Sequence[Chunk], advance: Advance) -> Iterator[Ensemble]:
    for chunk in chunks:
        yield work.train_here(chunk)
        advance(len(chunk))
