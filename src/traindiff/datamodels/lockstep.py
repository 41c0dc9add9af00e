"""The lasso without a Gram matrix over all training examples, for very many of them.

A block of targets falls along its penalties in step. The slopes of the whole block come from one
matrix product with the masks; each target's working set has its own small Gram matrix, counted
from packed bits when an example enters. Choices, tolerances and solutions are those of `descent`.

Working sets grow as penalties fall, their Gram matrices with the square. Where those of the block
take too much memory, half of the targets wait without theirs until the others are done.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from traindiff.datamodels.bits import covariance_square, pack
from traindiff.datamodels.descent import (
    ROUNDS,
    HeldOut,
    Work,
    admit,
    clearly_worse,
    mean_square,
    new_work,
    reflect,
    settle,
    slope_floor,
    subtract_rows,
    violation,
    with_room,
)
from traindiff.datamodels.design import Design
from traindiff.datamodels.path import Path, PathSettings
from traindiff.threads import one_blas_thread, over_ranges

__all__ = ["Lockstep"]

_BLOCK = 64
_SQUARES = 1 << 30  # bytes that the small Gram matrices of a block may take


@dataclass(kw_only=True, eq=False)
class _Target:
    """Where one target is on its path; `square` holds the first `gathered` of `size` members."""

    work: Work
    square: np.ndarray
    centred: np.ndarray  # float32 [models]
    floor: float
    size: int = 0
    gathered: int = 0
    worst: float = 0.0  # violation of optimality now
    chosen: int = 0
    residual: float = 0.0  # and at the best penalty
    best: np.ndarray | None = None  # float32 [held-out models]: what the best penalty leaves


class Lockstep:
    """Solve a block of targets penalty by penalty.

    Parameters
    ----------
    design : Design
    settings : PathSettings
    """

    def __init__(self, design: Design, settings: PathSettings) -> None:
        self.block = min(settings.block, _BLOCK)
        self._design, self._settings = design, settings
        self._rows = np.ascontiguousarray(design.sample.masks.T).view(np.uint8)
        self._packed = pack(design.sample.masks)

    def __call__(
        self, cross: np.ndarray, centred: np.ndarray, last: np.ndarray, held: HeldOut, part: Path
    ) -> None:
        """Fill ``part``; `traindiff.datamodels.lasso` says what the parameters are."""
        absent = ~self._design.informative
        targets = {
            int(t): _start(cross[t], centred[:, t], absent) for t in np.flatnonzero(last >= 0)
        }
        waiting = [(0, dict(targets))]
        while waiting:
            p, live = waiting.pop()
            while live:
                _admit(live, part.grid, p)
                while len(live) > 1 and _bytes(live.values()) > _SQUARES:
                    live, later = _halves(live)
                    waiting.append((p, later))
                self._solve(live, part.grid[:, p].astype(np.float64))
                for t in list(live):
                    if not self._goes_on(live[t], held, part.errors[t], t, p) or last[t] == p:
                        _release(live.pop(t))
                p += 1
        for t, one in targets.items():
            part.chosen[t] = one.chosen
            part.residual[t] = one.residual / part.grid[t, one.chosen]
            part.weights[t, one.work.members[: one.size]] = one.work.kept[: one.size]

    def _solve(self, targets: dict[int, _Target], penalty: np.ndarray) -> None:
        """Solve at each target's penalty, a round of descents and slopes at a time."""
        share = self._settings.tolerance
        bounds = {t: max(share * penalty[t], one.floor) for t, one in targets.items()}
        pending = targets
        for _ in range(ROUNDS):
            if not pending:
                break
            todo = list(pending)

            def descend(start: int, stop: int, todo: list[int] = todo) -> None:
                for t in todo[start:stop]:
                    self._descend(targets[t], penalty[t], bounds[t])

            with one_blas_thread():
                over_ranges(descend, len(todo), size=1, threads=self._settings.threads)
            self._refresh(pending.values())
            pending = {t: one for t, one in pending.items() if _misses(one, penalty[t], bounds[t])}

    def _descend(self, one: _Target, penalty: float, tolerance: float) -> None:
        work, means, sample = one.work, self._design.means, self._design.sample
        one.square = with_room(one.square, one.gathered, one.size)
        first, size = one.gathered, one.size
        if sample.shares is None:
            covariance_square(
                self._packed, means, len(sample.masks), work.members, one.square, first, size
            )
        else:
            one.square[first:size, :size] = self._weighted(work.members[:size], first)
        reflect(one.square, one.gathered, one.size)
        one.gathered = one.size
        work.near[: one.size] = work.slope[work.members[: one.size]]
        settle(one.square, work, one.size, penalty, tolerance)

    def _weighted(self, members: np.ndarray, first: int) -> np.ndarray:
        """Return the rows of members first.. of the members' covariance, for weighted models."""
        masks = self._rows[members] - self._design.means[members, None].astype(np.float32)
        return np.asarray((masks[first:] * self._design.sample.shares) @ masks.T)

    def _refresh(self, targets: Iterable[_Target]) -> None:
        """Compute the targets' slopes anew, from what their weights leave of the outputs."""
        todo = list(targets)
        rest = np.stack([one.centred for one in todo])

        def subtract(start: int, stop: int) -> None:
            for one, row in zip(todo[start:stop], rest[start:stop], strict=True):
                subtract_rows(self._rows, np.float32(1), one.work, one.size, row)

        over_ranges(subtract, len(todo), size=1, threads=self._settings.threads)
        centred = rest - self._design.sample.mean(rest.T)[:, None]
        slopes = self._design.correlate(centred.T, self._settings.threads)
        for one, slope in zip(todo, slopes, strict=True):
            one.work.slope[:] = slope

    def _goes_on(
        self, one: _Target, held: HeldOut, errors: np.ndarray, target: int, p: int
    ) -> bool:
        """Note the held-out error at penalty ``p``; say whether smaller penalties may be better."""
        rest = held.values[target].copy()
        subtract_rows(held.masks, np.float32(1), one.work, one.size, rest)
        errors[p] = mean_square(rest)
        if one.best is None or errors[p] < errors[one.chosen] or not len(rest):
            one.chosen, one.best, one.residual = p, rest, one.worst
            one.work.kept[: one.size] = one.work.weights[: one.size]
            return True
        patient = p - one.chosen < self._settings.patience
        return patient and not clearly_worse(rest, one.best, self._settings.doubt)


def _start(cross: np.ndarray, centred: np.ndarray, absent: np.ndarray) -> _Target:
    work = new_work(len(cross))
    work.slope[:] = cross
    work.member[:] = absent  # a member is never admitted
    square = np.empty((0, 0), np.float32)
    return _Target(
        work=work, square=square, centred=centred.astype(np.float32), floor=slope_floor(cross)
    )


def _admit(targets: dict[int, _Target], grid: np.ndarray, p: int) -> None:
    """Let in what the screening rule can't leave out at penalty ``p``."""
    for t, one in targets.items():
        penalty, before = float(grid[t, p]), float(grid[t, max(p - 1, 0)])
        one.size = admit(one.work, one.size, penalty - (before - penalty) / 2)


def _bytes(targets: Iterable[_Target]) -> int:
    """Return what the targets' covariances take once their working sets are gathered."""
    widths = (len(one.square) if one.size <= len(one.square) else 2 * one.size for one in targets)
    return sum(np.dtype(np.float32).itemsize * width**2 for width in widths)


def _halves(targets: dict[int, _Target]) -> tuple[dict[int, _Target], dict[int, _Target]]:
    """Return one half of the targets, and the other without its covariances."""
    names = list(targets)
    later = {t: targets[t] for t in names[len(names) // 2 :]}
    for one in later.values():
        _release(one)
    return {t: targets[t] for t in names[: len(names) // 2]}, later


def _release(one: _Target) -> None:
    """Give back the room of a target's covariances, which can be gathered again."""
    one.square, one.gathered = np.empty((0, 0), np.float32), 0


def _misses(one: _Target, penalty: float, tolerance: float) -> bool:
    """Say whether fresh slopes show that the solution at ``penalty`` is not yet one."""
    one.size = admit(one.work, one.size, penalty + tolerance)
    one.worst = violation(one.work, one.size, penalty)
    return one.size > one.gathered or one.worst > 2 * tolerance
