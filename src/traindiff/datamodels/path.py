"""What every penalised estimator offers: solutions along a path of penalties, judged on models."""

from dataclasses import dataclass, field, fields, replace
from typing import Protocol, Self

import numpy as np
from jaxtyping import Float32, Float64, Integer

from traindiff.datamodels.design import Design
from traindiff.datamodels.sample import Sample
from traindiff.errors import at_least, between
from traindiff.progress import Progress, Silent

__all__ = ["Path", "PathFollower", "PathSettings"]


@dataclass(frozen=True, kw_only=True)
class PathSettings:
    """How a path is followed and how much of the machine it may use.

    Parameters
    ----------
    penalties : int
        Number of penalties, a geometric sequence.
    smallest : float
        The last penalty as a share of the first.
    patience : int
        Penalties to try after the one with the smallest held-out error so far.
    doubt : float
        Stop before patience ends at a penalty worse than the best by this many standard errors
        of the difference over held-out models.
    tolerance : float
        The lasso is done at a penalty when a sweep moves no slope by more than this share of the
        penalty, and no optimality condition is violated by more than twice as much.
    block : int
        Targets treated together.
    memory : int
        Bytes the Gram matrix may take; above it the lasso works without one.
    threads : int or None
        None: every core this process may use. The result does not depend on it.
    progress : Progress
        Told of each finished block of targets.

    Raises
    ------
    InputError
        When a number is out of range.
    """

    penalties: int = 30
    smallest: float = 0.01
    patience: int = 8
    doubt: float = 1.5
    tolerance: float = 3e-4
    block: int = 256
    memory: int = 4 << 30
    threads: int | None = None
    progress: Progress = field(default_factory=Silent)

    def __post_init__(self) -> None:
        """Refuse what no path could follow."""
        for name in ("penalties", "patience", "block", "memory", "threads"):
            number = getattr(self, name)
            at_least(name, 1 if number is None else number, 1)
        at_least("doubt", self.doubt, 0, " standard errors")
        for name in ("smallest", "tolerance"):
            between(name, getattr(self, name), 0, 1, strictly=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """What following a path gave.

    Parameters
    ----------
    weights : float32, shape [targets, train]
        At each target's chosen penalty.
    grid : float32, shape [targets, penalties]
    errors : float64, shape [targets, penalties]
        Mean squared held-out error in squared output units; infinite where not tried.
    chosen : int, shape [targets]
        Index of the chosen penalty.
    residual : float64, shape [targets]
        Largest violation of the optimality conditions as a share of the penalty; 0 where the
        solution has a closed form.
    """

    weights: Float32[np.ndarray, "targets train"]
    grid: Float32[np.ndarray, "targets penalties"]
    errors: Float64[np.ndarray, "targets penalties"]
    chosen: Integer[np.ndarray, " targets"]
    residual: Float64[np.ndarray, " targets"]

    @classmethod
    def empty(cls, n_targets: int, n_train: int, n_penalties: int) -> Self:
        """Return the path of zero datamodels with nothing tried."""
        return cls(
            weights=np.zeros((n_targets, n_train), np.float32),
            grid=np.zeros((n_targets, n_penalties), np.float32),
            errors=np.full((n_targets, n_penalties), np.inf),
            chosen=np.zeros(n_targets, np.int64),
            residual=np.zeros(n_targets),
        )

    def part(self, targets: slice) -> Self:
        """Return some targets, as views."""
        return replace(
            self, **{field.name: getattr(self, field.name)[targets] for field in fields(self)}
        )

    @classmethod
    def without_penalty(cls, weights: np.ndarray) -> Self:
        """Return the path of an estimator that has nothing to choose: one penalty, 0."""
        zeros = np.zeros((len(weights), 1), np.float32)
        return cls(
            weights=weights,
            grid=zeros,
            errors=zeros.astype(np.float64),
            chosen=np.zeros(len(weights), np.int64),
            residual=np.zeros(len(weights)),
        )


class PathFollower(Protocol):
    """An estimator with a penalty.

    ``choice`` holds the models that choose the penalty; without them the solution at ``last``
    (an index for each target) is returned. ``grid`` fixes the penalties; None: from the data.
    """

    def __call__(
        self,
        design: Design,
        settings: PathSettings,
        *,
        choice: Sample | None = None,
        grid: np.ndarray | None = None,
        last: np.ndarray | None = None,
    ) -> Path: ...
