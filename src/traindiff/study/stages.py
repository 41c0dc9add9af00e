"""What a run trains, kept in its directory, so that looking at it needs no data and no code."""

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from traindiff.errors import InputError, StoreError
from traindiff.store import RunStore
from traindiff.study.journal import STAGES, Notebook

if TYPE_CHECKING:
    from traindiff.study.evidence import Source
    from traindiff.study.setup import Setup

__all__ = ["Stage", "Stages", "read_stages", "write_stages"]

# Names lead to files: one with ".." in it would lead out of the directory.
Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]+(/[a-z0-9_-]+)*$")]
Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Piece(_Written):
    """A chunk of models: its piece's address, and how many models it holds."""

    name: Name
    fingerprint: Fingerprint
    models: Annotated[int, Field(ge=1)]


class Stage(_Written):
    """What is trained for one side in one stage."""

    title: str
    name: Name
    follows: bool
    pieces: Annotated[list[Piece], Field(strict=True)]

    def __len__(self) -> int:
        return sum(piece.models for piece in self.pieces)

    def left(self, store: RunStore) -> int:
        """Return how many models are still to be trained.

        Of a stage whose subsets an earlier one finds, addresses are known once that is done; until
        then pieces count by their names.
        """
        done = [each for each in self.pieces if store.holds(each.name, each.fingerprint)]
        if self.follows and not done:
            names = {f"{self.name}/{piece.name}" for piece in store.finished(self.name)}
            done = [each for each in self.pieces if each.name in names]
        return len(self) - sum(piece.models for piece in done)


class Stages(_Written):
    """All that a run trains before it compares, and by how many workers."""

    stages: list[Stage]
    workers: Annotated[int, Field(ge=1)] | None


def write_stages(setup: "Setup", source: "Source", store: RunStore) -> None:
    """Keep what is going to be trained."""
    from traindiff.study.sides import titled
    from traindiff.training.chunks import addresses

    sides = source.sides(store)
    stages = []
    for title, side in titled(list(sides)):
        pending = source.pending(side)
        found = addresses(pending.work, pending.chunks, side.pieces)
        pieces = [
            Piece(name=name, fingerprint=key, models=len(chunk))
            for chunk, (name, key) in zip(pending.chunks, found, strict=True)
        ]
        follows = side.stage != sides[0].stage
        stages.append(Stage(title=title, name=side.pieces, follows=follows, pieces=pieces))
    written = Stages(stages=stages, workers=_workers(setup))
    Notebook(store=store).write(STAGES, written.model_dump(mode="json"))


def read_stages(store: RunStore) -> Stages:
    """Return what a run trains.

    Raises
    ------
    InputError
        When no run has begun there.
    StoreError
        When the document is damaged, or is not what a run writes.
    """
    written = Notebook(store=store).read(STAGES)
    if written is None:
        raise InputError(f"{store.path}: no run has begun there: traindiff run STUDY.toml begins.")
    try:
        return Stages.model_validate(written)
    except ValidationError as error:
        raise StoreError(
            f"{store.path}: the document {STAGES!r} is not what a run writes "
            f"({error.errors()[0]['msg']}). Run the study again: traindiff run {store.path}"
        ) from error


def _workers(setup: "Setup") -> int | None:
    try:
        return setup.engine.capacity()
    except InputError:  # of a Dask scheduler that does not answer: the run says so, if it needs it
        return None
