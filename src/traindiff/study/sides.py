"""What is trained for A and for B: which model sees which subset, from which seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from traindiff.algorithms import Algorithm
from traindiff.pair import Pair
from traindiff.study.settings import TrainSettings
from traindiff.training import draw_masks, model_seeds

__all__ = ["Side", "on_everything", "on_subsets", "titled"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Side:
    """One algorithm's models of one stage: which subset and which seed each has.

    Parameters
    ----------
    stage : str
        What the models are trained for, such as "outputs" or "verification".
    letter : {"a", "b"}
    algorithm : Algorithm
    masks : bool array, shape [models, train]
    seeds : list of int, length models
    """

    stage: str
    letter: str
    algorithm: Algorithm
    masks: np.ndarray
    seeds: list[int]

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    def pieces(self) -> str:
        """Name below which the store keeps what is trained."""
        return f"{self.stage}/{self.letter}"

    @property
    def title(self) -> str:
        """The side as people read it, such as "A (plain)"."""
        return f"{self.letter.upper()} ({self.algorithm.name})"

    def left_out(self, diverged: Sequence[tuple[int, int]], which: str = "") -> tuple[str, ...]:
        """Return the note on models that diverged, by their seeds."""
        if not diverged:
            return ()
        many = len(diverged) > 1
        count = f"{len(diverged)} {which}model{'s' if many else ''} of {self.letter.upper()}"
        seeds = ", ".join(str(seed) for _, seed in diverged[:5])
        more = ", ..." if len(diverged) > 5 else ""
        return (
            f"{count} diverged and {'were' if many else 'was'} left out (seed{'s' if many else ''} "
            f"{seeds}{more}).",
        )

    def failed(self, calls: int) -> tuple[str, ...]:
        """Return the note on calls of a command that had to be tried again."""
        if not calls:
            return ()
        plural = "s" if calls > 1 else ""
        return (f"{calls} call{plural} of {self.letter.upper()}'s command failed; tried again.",)


def titled(sides: Sequence[Side]) -> Iterator[tuple[str, Side]]:
    """Yield each side with its title, and with its stage where there are several."""
    several = len({side.stage for side in sides}) > 1
    for side in sides:
        yield f"{side.title}, {side.stage}" if several else side.title, side


def on_subsets(
    algorithms: Pair[Algorithm], train: TrainSettings, *, n_train: int, stage: str = "outputs"
) -> Pair[Side]:
    """Return both sides' models on random subsets; each stage has its own subsets and seeds.

    The same algorithm twice would give the same models twice, so it gets other seeds.
    """
    common = train.paired and algorithms.a.describe() != algorithms.b.describe()
    of_stage = "" if stage == "outputs" else f"{stage} "

    def side(letter: str, algorithm: Algorithm) -> Side:
        drawn, seeded = (
            of_stage + ("shared" if shared else letter) for shared in (train.paired, common)
        )
        return Side(
            stage=stage,
            letter=letter,
            algorithm=algorithm,
            masks=draw_masks(train.models, n_train, train.fraction, train.seed, side=drawn),
            seeds=model_seeds(train.models, train.seed, side=seeded),
        )

    return Pair(side("a", algorithms.a), side("b", algorithms.b))


def on_everything(
    letter: str, algorithm: Algorithm, models: int, *, n_train: int, seed: int, stage: str
) -> Side:
    """Return one side's models that see all training examples; each stage has its own seeds."""
    return Side(
        stage=stage,
        letter=letter,
        algorithm=algorithm,
        masks=np.ones((models, n_train), dtype=bool),
        seeds=model_seeds(models, seed, side=f"{stage} {letter}"),
    )
