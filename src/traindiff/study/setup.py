"""What is compared, on which examples, and where it is trained: what every stage starts from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from traindiff.algorithms import Algorithm, default_chunk
from traindiff.datasets import Splits
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.store import RunStore
from traindiff.study.settings import TrainSettings
from traindiff.study.sides import Side, on_everything
from traindiff.training import (
    ENSEMBLE_CHUNK,
    Engine,
    Inline,
    JoinedEnsemble,
    Processes,
    train_ensemble,
)

__all__ = ["Setup", "engine_of"]

PLACE = {"engine", "workers", "scheduler", "patience", "seconds_per_model"}
"""Settings of where models are trained and how long that takes: no result depends on them."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Setup:
    """Two algorithms that fit the examples of a study.

    Parameters
    ----------
    algorithms : Pair of Algorithm
    splits : Splits
    train : TrainSettings
    engine : Engine

    Raises
    ------
    InputError
        When an algorithm can't learn from the training examples.
    """

    algorithms: Pair[Algorithm]
    splits: Splits
    train: TrainSettings
    engine: Engine

    def __post_init__(self) -> None:
        """Find what would fail before any work starts."""
        for algorithm in self.algorithms:
            algorithm.check(self.splits.train)

    def describe(self) -> dict[str, Any]:
        """Return all that determines the trained models."""
        a, b = self.algorithms.map(self.chunk)
        described = {
            letter.lower(): {"name": algorithm.name, **algorithm.describe()}
            for letter, algorithm in self.algorithms.items()
        }
        train = self.train.model_dump(mode="json", exclude=PLACE)
        return {
            "data": self.splits.fingerprint,
            **described,
            "train": {**train, "chunk": a if a == b else {"a": a, "b": b}},
        }

    @property
    def output(self) -> str:
        """Name of the output function: the margin of a class, or a regression's prediction."""
        regression = self.splits.train.class_names is None
        return self.train.output or ("prediction" if regression else "margin")

    def chunk(self, algorithm: Algorithm) -> int:
        """Return how many models on random subsets are trained and kept at a time."""
        return self.train.chunk or default_chunk(algorithm)

    def on_everything(self, stage: str, models: Pair[int]) -> Pair[Side]:
        """Return models that see all training examples, with seeds of that stage's own."""

        def side(letter: str, algorithm: Algorithm, count: int) -> Side:
            return on_everything(
                letter,
                algorithm,
                count,
                n_train=len(self.splits.train),
                seed=self.train.seed,
                stage=stage,
            )

        a, b = self.algorithms
        return Pair(side("a", a, models.a), side("b", b, models.b))

    def ensemble(
        self,
        side: Side,
        store: RunStore,
        progress: Progress,
        *,
        chunk: int = ENSEMBLE_CHUNK,
        remember: bool = False,
    ) -> JoinedEnsemble:
        """Return one side's models themselves, trained or from the store.

        Parameters
        ----------
        side : Side
        store : RunStore
        progress : Progress
        chunk, remember
            As for `traindiff.training.train_ensemble`.
        """
        return train_ensemble(
            side.algorithm,
            self.splits.train,
            side.masks,
            side.seeds,
            engine=self.engine,
            chunk=chunk,
            pieces=store,
            name=side.pieces,
            remember=remember,
            progress=progress,
        )


def engine_of(train: TrainSettings) -> Engine:
    """Return the engine that a section [train] asks for.

    Raises
    ------
    InputError
        When it is Dask, and the extra ``dask`` is not installed.
    """

    def dask() -> Engine:
        from traindiff.training.dask import PATIENCE, Dask

        patience = PATIENCE if train.patience is None else train.patience
        return Dask(address=train.scheduler, workers=train.workers, patience=patience)

    engines: dict[str, Callable[[], Engine]] = {
        "inline": Inline,
        "processes": lambda: Processes(workers=train.workers, fewest=2),
        "dask": dask,
    }
    return engines[train.engine]()
