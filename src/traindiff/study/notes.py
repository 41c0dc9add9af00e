"""What a result says besides its numbers: what was left out, and what went wrong on the way."""

from collections.abc import Sequence

__all__ = ["failed", "left_out"]


def left_out(side: str, diverged: Sequence[tuple[int, int]], which: str = "") -> tuple[str, ...]:
    """Return the note on models that diverged, by their seeds."""
    if not diverged:
        return ()
    many = len(diverged) > 1
    count = f"{len(diverged)} {which}model{'s' if many else ''} of {side}"
    seeds = ", ".join(str(seed) for _, seed in diverged[:5])
    more = ", ..." if len(diverged) > 5 else ""
    return (
        f"{count} diverged and {'were' if many else 'was'} left out (seed{'s' if many else ''} "
        f"{seeds}{more}).",
    )


def failed(side: str, calls: int) -> tuple[str, ...]:
    """Return the note on calls of a command that had to be tried again."""
    if not calls:
        return ()
    return (f"{calls} call{'s' if calls > 1 else ''} of {side}'s command failed; tried again.",)
