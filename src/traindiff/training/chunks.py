"""Finish every chunk once: load what an earlier run left, train what is missing, keep the rest."""

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from traindiff.errors import StoreError
from traindiff.identity import fingerprint
from traindiff.progress import Advance, Progress
from traindiff.store import Pieces
from traindiff.training.engines import Engine
from traindiff.training.work import Chunk

__all__ = [
    "Finished",
    "Work",
    "addresses",
    "finish",
    "keep",
    "load_finished",
    "missing",
    "train_chunks",
]

Arrays = Mapping[str, np.ndarray]


class Work(Protocol):
    """What is done with a chunk."""

    def describe(self) -> dict[str, Any]:
        """Return all that determines the result, but for the chunk."""
        ...

    def misfit(self, chunk: Chunk, arrays: Mapping[str, Any]) -> str | None:
        """Return what tells stored arrays from this chunk's result, or None where they can be it.

        Shapes and types come first: `numpy.asarray` of an array reads it from the disk.
        """
        ...

    def __call__(self, chunk: Chunk) -> Arrays: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Finished:
    """Every chunk's arrays.

    Parameters
    ----------
    arrays : list of mappings, length chunks
    repaired : tuple of str
        What was found damaged, file by file, and computed anew.
    """

    arrays: list[Arrays]
    repaired: tuple[str, ...]


def missing(work: Work, chunks: Sequence[Chunk], pieces: Pieces, name: str) -> list[Chunk]:
    """Return the chunks that are not finished, or damaged."""
    return [
        chunk
        for chunk, address in zip(chunks, addresses(work, chunks, name), strict=True)
        if not pieces.holds(*address)
    ]


def load_finished(
    work: Work, chunks: Sequence[Chunk], pieces: Pieces, name: str
) -> tuple[dict[int, Arrays], tuple[str, ...]]:
    """Return the arrays of every finished chunk by its index, and what was found damaged."""
    known: dict[int, Arrays] = {}
    damaged = []
    for index, address in enumerate(addresses(work, chunks, name)):
        try:
            arrays = pieces.load_arrays(*address, misfit=partial(work.misfit, chunks[index]))
        except StoreError as error:
            damaged.append(str(error))
            continue
        if arrays is not None:
            known[index] = arrays
    return known, tuple(damaged)


def train_chunks(
    work: Work,
    chunks: Mapping[int, Chunk],
    *,
    pieces: Pieces,
    name: str,
    engine: Engine,
    advance: Advance,
) -> Generator[tuple[int, Arrays], None, None]:
    """Yield each chunk's key and arrays, in the order of finishing.

    While one is written to ``pieces``, workers go on. All are kept when the last has been taken.
    """
    keys = list(chunks)
    with (
        ThreadPoolExecutor(1) as writer,
        closing(engine.run(work, [chunks[key] for key in keys])) as results,
    ):
        writing: Future[None] | None = None
        for place, arrays in results:
            if writing is not None:
                writing.result()
            chunk = chunks[keys[place]]
            writing = writer.submit(keep, work, chunk, arrays, pieces, name)
            yield keys[place], arrays
            advance(len(chunk))
        if writing is not None:
            writing.result()


def finish(
    work: Work,
    chunks: Sequence[Chunk],
    *,
    pieces: Pieces,
    name: str,
    engine: Engine,
    progress: Progress,
    inspect: Callable[[Arrays], None],
) -> Finished:
    """Return every chunk's arrays, each kept in ``pieces`` once it is there.

    Parameters
    ----------
    work : Work
    chunks : sequence of Chunk
    pieces : Pieces
        Where finished chunks are; the only writer is this process.
    name : str
        Of the pieces.
    engine : Engine
    progress : Progress
    inspect : callable
        Sees each chunk's arrays once; it stops the work by raising.

    Raises
    ------
    TrainingError
        When workers keep dying, or ``inspect`` finds the models unusable.
    StoreError
        When the disk refuses. Chunks finished before are kept.
    """
    known, repaired = load_finished(work, chunks, pieces, name)
    for arrays in known.values():
        inspect(arrays)
    left = {index: chunk for index, chunk in enumerate(chunks) if index not in known}
    done = sum(len(chunks[index]) for index in known)
    total = sum(len(chunk) for chunk in chunks)
    with ExitStack() as stack:
        advance = stack.enter_context(progress.stage(f"training {name}", total, done=done))
        trained = train_chunks(work, left, pieces=pieces, name=name, engine=engine, advance=advance)
        for index, arrays in stack.enter_context(closing(trained)):
            inspect(arrays)
            known[index] = arrays
    return Finished(arrays=[known[index] for index in range(len(chunks))], repaired=repaired)


def keep(work: Work, chunk: Chunk, arrays: Arrays, pieces: Pieces, name: str) -> None:
    """Keep the result of ``work`` on one chunk."""
    about = {"work": work.describe(), "models": [chunk.start, chunk.start + len(chunk)]}
    pieces.save_arrays(*_address(work.describe(), chunk, name), arrays, about=about)


def _address(described: dict[str, Any], chunk: Chunk, name: str) -> tuple[str, str]:
    identity = fingerprint({"work": described, "chunk": chunk.describe()})
    return f"{name}/{chunk.name}", identity


def addresses(work: Work, chunks: Sequence[Chunk], name: str) -> list[tuple[str, str]]:
    """Return the name and fingerprint of each chunk's piece."""
    described = work.describe()
    return [_address(described, chunk, name) for chunk in chunks]
