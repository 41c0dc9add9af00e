"""The run directory of one study (layout: docs/run-directory.md)."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Self

import numpy as np

from traindiff.errors import InputError, RunDirectoryError, StoreError
from traindiff.store.disk import explained, keep_inside, remove
from traindiff.store.documents import read_document, write_document
from traindiff.store.lock import acquire
from traindiff.store.pieces import Misfit, check_piece, read_piece, write_piece

__all__ = ["FORMAT", "FinishedPiece", "RunStore"]

FORMAT = 2  # raised when a reader of the former layout would go wrong
STUDY = "study.json"
UNFINISHED = "unfinished"
ARRAYS, DOCUMENTS = "arrays", "documents"


@dataclass(frozen=True, kw_only=True)
class FinishedPiece:
    """A piece that is whole on the disk.

    Parameters
    ----------
    name : str
        As it was saved under, but for the folder that was asked for.
    time : float
        When it was finished: seconds since the epoch, by the clock of that moment.
    """

    name: str
    time: float


@dataclass(frozen=True, kw_only=True, eq=False)
class RunStore:
    """Arrays and documents of one study, on disk.

    Open it with `open` to write (one process at a time, use it in a ``with`` block) or with `read`.

    Parameters
    ----------
    path : Path
    study : mapping
        The resolved study: every setting. Empty for a reader of a damaged ``study.json``.
    lock : file or None
        Held while writing; None for a reader.
    damaged : list of str
        What has been found damaged, file by file: who asked for it computes it anew.
    """

    path: Path
    study: Mapping[str, Any]
    lock: IO[str] | None
    damaged: list[str] = field(default_factory=list)

    @classmethod
    def open(
        cls, path: str | Path, study: Mapping[str, Any], *, may_change: Collection[str] = ()
    ) -> Self:
        """Open the run directory at ``path`` for writing, making it where there is none.

        The study is on the disk before this returns, so before any work starts. One that is damaged
        or lost is written anew, whatever it was: pieces are addressed by what determined them, so
        none of another study is used.

        Parameters
        ----------
        path : path
        study : mapping
            JSON-like.
        may_change : collection of str
            Dotted keys that may differ from those of an earlier run in this directory, such as
            "train.models"; no stale piece is used for them.

        Raises
        ------
        RunDirectoryError
            When the directory holds something else, another study, or is in use.
        StoreError
            When the disk refuses.
        """
        path, study = Path(path), json.loads(json.dumps(study))
        _refuse_foreign(path)
        with explained(path, "make"):
            path.mkdir(parents=True, exist_ok=True)
        with explained(path / "lock", "take"):
            lock = acquire(path / "lock")
        try:
            stored, damaged = _stored_study(path)
            if stored is not None:
                _refuse_other_study(path, stored, study, may_change)
            with explained(path / UNFINISHED, "sweep away"):
                remove(path / UNFINISHED)
            _write_study(path, study)
        except (StoreError, InputError):
            lock.close()
            raise
        return cls(path=path, study=study, lock=lock, damaged=damaged)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Open the run directory at ``path`` to look at it, even while another process writes.

        Raises
        ------
        RunDirectoryError
            When it is not a run directory, or one with the layout of another version.
        """
        found = cls.find(path)
        if found is None:
            raise RunDirectoryError(f"{path} is not a run directory: it holds no {STUDY}.")
        return found

    @classmethod
    def find(cls, path: str | Path) -> Self | None:
        """Open the run directory at ``path`` to look at it, or return None where none is begun.

        Raises
        ------
        RunDirectoryError
            When it has the layout of another version.
        """
        path = Path(path)
        if not (path / STUDY).exists() and not _started(path):
            return None
        study, damaged = _stored_study(path)
        return cls(path=path, study=study or {}, lock=None, damaged=damaged)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back."""
        if self.lock is not None:
            self.lock.close()

    def load_arrays(
        self, name: str, fingerprint: str, misfit: Misfit | None = None
    ) -> dict[str, np.ndarray] | None:
        """Return the arrays of a piece, or None where it was never finished.

        Parameters
        ----------
        name, fingerprint, misfit
            As for `Pieces.load_arrays`.

        Raises
        ------
        StoreError
            When it is damaged; the message names the file.
        """
        path = self._piece(name, fingerprint)
        if not path.exists():
            return None
        with self._noting_damage():
            about, arrays = read_piece(path, misfit)
        return arrays if about["fingerprint"] == fingerprint else None

    def holds(self, name: str, fingerprint: str) -> bool:
        """Return whether the arrays of a piece are there, undamaged; reads them, keeps nothing."""
        path = self._piece(name, fingerprint)
        try:
            with self._noting_damage():
                return path.exists() and check_piece(path)["fingerprint"] == fingerprint
        except StoreError:
            return False

    def finished(self, name: str) -> tuple[FinishedPiece, ...]:
        """Return the finished pieces below a name, such as "outputs/a", in the order of names.

        Those of other settings are among them, and damaged ones too: only names are read.
        """
        found = (self.path / ARRAYS / name).glob("*.*")
        return tuple(
            FinishedPiece(name=piece.name.partition(".")[0], time=piece.stat().st_mtime)
            for piece in sorted(found)
        )

    def save_arrays(
        self,
        name: str,
        fingerprint: str,
        arrays: Mapping[str, np.ndarray],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the arrays of a piece, whole or not at all.

        Parameters
        ----------
        name : str
            Lower-case words, digits, "-" and "_", parted by "/".
        fingerprint : str
            Of all that determines the arrays (`fingerprint`).
        arrays : mapping of str to array
        about : mapping, optional
            For people: what determined them; JSON-like.

        Raises
        ------
        StoreError
            When the disk refuses; what was there before is kept.
        """
        document = {"fingerprint": fingerprint, "name": name, **(about or {})}
        path = self._writable(self._piece(name, fingerprint))
        write_piece(path, document, arrays, beside=self.path / UNFINISHED)

    def load_json(self, name: str, fingerprint: str) -> Any | None:
        """Return a document, or None where there is none.

        Raises
        ------
        StoreError
            When it is damaged.
        """
        path = self._document(name, fingerprint)
        if not path.exists():
            return None
        with self._noting_damage():
            return read_document(path)

    def save_json(self, name: str, fingerprint: str, content: Any) -> None:
        """Keep a JSON-like document, whole or not at all.

        Raises
        ------
        StoreError
            When the disk refuses; what was there before is kept.
        """
        path = self._writable(self._document(name, fingerprint))
        write_document(path, content, beside=self.path / UNFINISHED)

    @contextmanager
    def _noting_damage(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            if str(error) not in self.damaged:
                self.damaged.append(str(error))
            raise

    def _piece(self, name: str, fingerprint: str) -> Path:
        return self.path / ARRAYS / _address(name, fingerprint)

    def _document(self, name: str, fingerprint: str) -> Path:
        return self.path / DOCUMENTS / f"{_address(name, fingerprint)}.json"

    def _writable(self, path: Path) -> Path:
        assert self.lock is not None, "a store that was opened to read can't write"
        keep_inside(self.path, path)
        keep_inside(self.path, self.path / UNFINISHED / path.name)
        return path


def _address(name: str, fingerprint: str) -> str:
    assert re.fullmatch(r"[a-z0-9_-]+(/[a-z0-9_-]+)*", name), name
    return f"{name}.{fingerprint}"


def _started(path: Path) -> bool:
    """Return whether the directory holds what a study has computed."""
    return (path / "lock").exists() and any((path / name).is_dir() for name in (ARRAYS, DOCUMENTS))


def _stored_study(path: Path) -> tuple[Mapping[str, Any] | None, list[str]]:
    """Return the study written there, where there is one, or what is wrong with it."""
    if not (path / STUDY).exists() and not _started(path):
        return None, []
    try:
        return _read_study(path), []
    except StoreError as error:
        return None, [f"{error} The settings given are written in its place."]


def _read_study(path: Path) -> Mapping[str, Any]:
    content = read_document(path / STUDY)
    match content:
        case {"format": written, "traindiff": str(), "study": dict()}:
            pass
        case _:
            raise StoreError(f"{path / STUDY} is damaged: it describes no study.")
    if written != FORMAT or not isinstance(written, int):
        raise RunDirectoryError(
            f"{path} was written by traindiff {content['traindiff']} in layout "
            f"{written!r}, and traindiff {version('traindiff')} reads layout {FORMAT} "
            "alone: give another run directory."
        )
    study: Mapping[str, Any] = content["study"]
    return study


def _write_study(path: Path, study: Mapping[str, Any]) -> None:
    content = {"format": FORMAT, "traindiff": version("traindiff"), "study": dict(study)}
    write_document(path / STUDY, content, beside=path / UNFINISHED)


def _refuse_foreign(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise RunDirectoryError(f"{path} is a file: give a directory.")
    ours = {STUDY, UNFINISHED, "lock"}
    if path.is_dir() and not (path / STUDY).exists() and not _started(path):
        others = sorted({entry.name for entry in path.iterdir()} - ours)
        if others:
            raise RunDirectoryError(
                f"{path} is not empty and not a run directory (it holds {others[0]!r}): "
                "give a new directory."
            )


def _refuse_other_study(
    path: Path, stored: Mapping[str, Any], study: Mapping[str, Any], may_change: Collection[str]
) -> None:
    before, now = _flatten(stored), _flatten(study)
    differing = [
        key
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key) and key not in may_change
    ]
    if differing:
        listed = "; ".join(
            f"{key} is {before.get(key)!r} there and {now.get(key)!r} here" for key in differing[:5]
        )
        raise RunDirectoryError(
            f"{path} holds another study ({len(differing)} settings differ: {listed}). "
            "Give another run directory, or the settings of that study."
        )


def _flatten(document: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(document, Mapping):
        return {prefix.removesuffix("."): document}
    return {
        key: value
        for name, inner in document.items()
        for key, value in _flatten(inner, f"{prefix}{name}.").items()
    }
