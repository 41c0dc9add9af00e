"""How fast a run has been, from the times at which its chunks were finished."""

from collections.abc import Sequence
from statistics import median

from traindiff.store import FinishedPiece

__all__ = ["duration", "seconds_per_model"]

FEWEST = 3


def seconds_per_model(pieces: Sequence[FinishedPiece], *, workers: int = 1) -> float | None:
    """Return the seconds from one finished model to the next, with all the workers there were.

    A worker finishes a chunk while the others finish one each, in step or not; so the usual time in
    which as many chunks are finished as there are workers counts. Neither pauses nor a clock that
    jumps do.

    Parameters
    ----------
    pieces : sequence of FinishedPiece
        Of chunks of models.
    workers : int
        How many chunks are trained at a time.

    Returns
    -------
    float or None
        None where too few chunks are finished to tell.
    """
    if len(pieces) < max(FEWEST, workers + 1):
        return None
    times = sorted(piece.time for piece in pieces)
    span = median(later - earlier for earlier, later in zip(times, times[workers:], strict=False))
    return span / (workers * median(_models_in(piece.name) for piece in pieces))


def duration(seconds: float) -> str:
    """Return a length of time in words.

    >>> duration(0.2), duration(70), duration(1800), duration(9000)
    ('1 s', '70 s', '30 minutes', '2.5 hours')
    """
    if seconds < 120:
        return f"{max(1, seconds):.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def _models_in(name: str) -> int:
    """Return how many models a chunk holds, whose name is its first and one past its last."""
    first, last = name.split("-")
    return int(last) - int(first)
