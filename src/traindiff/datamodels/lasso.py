"""The lasso: θ minimises (1/2m) ||y − Xθ||² + λ ||θ||₁ for each target (METHOD §2)."""

from typing import Protocol

import numpy as np

from traindiff.datamodels.descent import HeldOut, Limits, Work, follow, new_work, slope_floor
from traindiff.datamodels.design import Design
from traindiff.datamodels.lockstep import Lockstep
from traindiff.datamodels.path import Path, PathSettings
from traindiff.datamodels.sample import Sample
from traindiff.threads import over_ranges

__all__ = ["lasso_path", "penalty_grid"]

_SHARE = 4
_ROOM = 128


class _Solver(Protocol):
    """Fill the part of a path that belongs to some targets.

    ``cross`` float32 [targets, train], ``residuals`` float64 [models, targets]: the centred
    outputs; ``last`` int [targets]: the last penalty to try, −1 for none.
    """

    block: int

    def __call__(
        self, cross: np.ndarray, centred: np.ndarray, last: np.ndarray, held: HeldOut, part: Path
    ) -> None: ...


def penalty_grid(largest: np.ndarray, settings: PathSettings) -> np.ndarray:
    """Return each target's falling geometric penalties, float32 [targets, penalties]."""
    steps = np.geomspace(1, settings.smallest, settings.penalties)
    return (np.asarray(largest, np.float64)[:, None] * steps).astype(np.float32)


def lasso_path(
    design: Design,
    settings: PathSettings,
    *,
    choice: Sample | None = None,
    grid: np.ndarray | None = None,
    last: np.ndarray | None = None,
) -> Path:
    """Follow every target's path from the smallest penalty that gives a zero datamodel.

    With a shared Gram matrix where ``settings.memory`` allows one, without where it does not; the
    solutions are the same.

    See Also
    --------
    traindiff.datamodels.path.PathFollower : the parameters.
    """
    n_targets, n_train = design.sample.values.shape[1], len(design.means)
    path = Path.empty(n_targets, n_train, settings.penalties if grid is None else grid.shape[1])
    solver = _solver(design, settings)
    masks = _held_out_masks(design, choice)
    with settings.progress.stage("Fitting datamodels", n_targets) as advance:
        for start in range(0, n_targets, solver.block):
            targets = slice(start, min(start + solver.block, n_targets))
            part, centred = path.part(targets), design.centred_values(targets)
            cross = design.correlate(centred, settings.threads)
            largest = np.abs(cross).max(axis=1)
            part.grid[:] = penalty_grid(largest, settings) if grid is None else grid[targets]
            stop = np.full(len(cross), path.grid.shape[1] - 1) if last is None else last[targets]
            stop = np.where(largest > 0, stop, -1)
            held = HeldOut(masks, _held_out_values(design, choice, targets))
            solver(cross, centred, stop, held, part)
            advance(len(cross))
    return path


def _solver(design: Design, settings: PathSettings) -> _Solver:
    if design.gram_bytes <= settings.memory:
        return _Shared(design, settings)
    return Lockstep(design, settings)


def _held_out_masks(design: Design, choice: Sample | None) -> np.ndarray:
    if choice is None:
        return np.zeros((len(design.means), 0), np.float32)
    return np.ascontiguousarray((design.centred(choice.masks) * _roots(choice)).T)


def _held_out_values(design: Design, choice: Sample | None, targets: slice) -> np.ndarray:
    if choice is None:
        return np.zeros((targets.stop - targets.start, 0), np.float32)
    centred = choice.values[:, targets] - design.output_means[targets]
    return np.ascontiguousarray((centred * _roots(choice)).T, dtype=np.float32)


def _roots(choice: Sample) -> np.ndarray:
    """Return factors, float32 [models, 1], that make a plain mean of squares the weighted one."""
    shares = np.ones(1) if choice.shares is None else choice.shares * len(choice.shares)
    return np.sqrt(shares).astype(np.float32)[:, None]


class _Shared:
    """Solve with one Gram matrix for all targets, a few targets a thread."""

    def __init__(self, design: Design, settings: PathSettings) -> None:
        self.block = settings.block
        self._gram = design.gram(settings.threads)
        self._limits = Limits(settings.patience, settings.doubt, settings.tolerance)
        self._threads = settings.threads

    def __call__(
        self, cross: np.ndarray, centred: np.ndarray, last: np.ndarray, held: HeldOut, part: Path
    ) -> None:
        def several(start: int, stop: int) -> None:
            work, square = new_work(cross.shape[1]), np.empty((_ROOM, _ROOM), np.float32)
            for t in range(start, stop):
                if last[t] >= 0:
                    square = self._follow(cross[t], last[t], held, part, t, work, square)

        over_ranges(several, len(cross), size=_SHARE, threads=self._threads)

    def _follow(
        self,
        cross: np.ndarray,
        last: int,
        held: HeldOut,
        part: Path,
        target: int,
        work: Work,
        square: np.ndarray,
    ) -> np.ndarray:
        penalties = part.grid[target].astype(np.float64)
        square, size, chosen, worst = follow(
            self._gram,
            cross,
            penalties,
            last,
            slope_floor(cross),
            HeldOut(held.masks, held.values[target]),
            self._limits,
            work,
            square,
            part.errors[target],
        )
        part.weights[target, work.members[:size]] = work.kept[:size]
        part.chosen[target] = chosen
        part.residual[target] = worst / penalties[chosen]
        return square
