"""When a report was made, how long it took, and of which state of whose code."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Made", "made_now"]

PATIENCE = 5.0
"""Seconds that git may take; a repository on a slow disk is not worth waiting for."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """When and from what a report was made; nothing says on whose machine.

    Parameters
    ----------
    date : str
        When the work began, in UTC, such as "2026-11-28 22:40".
    seconds : float or None
        How long it took, all sessions of an interrupted run together.
    commit : str or None
        Of the git repository that the work was started in; None outside of one.
    uncommitted : bool
        Whether tracked files differed from that commit.
    """

    date: str
    seconds: float | None
    commit: str | None
    uncommitted: bool


def made_now(seconds: float | None = None) -> Made:
    """Return when and from what something is made that is made now.

    Where SOURCE_DATE_EPOCH is set (as reproducible builds do), that is the time, and durations are
    not told: the same study then gives the same bytes.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = time.time() if epoch is None else float(epoch)
    commit = _git("rev-parse", "HEAD")
    return Made(
        date=datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M"),
        seconds=seconds if epoch is None else None,
        commit=commit or None,
        uncommitted=bool(commit and _git("status", "--porcelain", "--untracked-files=no")),
    )


def _git(*arguments: str) -> str:
    """Return what git says; nothing where there is no git, or no repository."""
    # A repository may name a program to be run by `git status`: not by ours.
    command: Sequence[str] = ("git", "-c", "core.fsmonitor=false", *arguments)
    try:
        said = subprocess.run(  # noqa: S603 - fixed arguments
            command, capture_output=True, text=True, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.strip()
