"""What is trained for A and for B: which model sees which subset, from which seed."""

from dataclasses import dataclass

import numpy as np

from traindiff.algorithms import Algorithm
from traindiff.study.settings import TrainSettings
from traindiff.training import draw_masks, model_seeds

__all__ = ["Side", "on_everything", "on_subsets"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One algorithm's models: which subset and which seed each has.

    Parameters
    ----------
    letter : {"a", "b"}
    algorithm : Algorithm
    masks : bool array, shape [models, train]
    seeds : list of int, length models
    """

    letter: str
    algorithm: Algorithm
    masks: np.ndarray
    seeds: list[int]


def on_subsets(
    a: Algorithm, b: Algorithm, train: TrainSettings, *, n_train: int
) -> tuple[Side, Side]:
    """Return both sides' models on random subsets.

    The same algorithm twice would give the same models twice, so it gets other seeds.
    """
    common = train.paired and a.describe() != b.describe()
    first, second = (
        Side(
            letter=letter,
            algorithm=algorithm,
            masks=draw_masks(
                train.models,
                n_train,
                train.fraction,
                train.seed,
                side="shared" if train.paired else letter,
            ),
            seeds=model_seeds(train.models, train.seed, side="shared" if common else letter),
        )
        for letter, algorithm in (("a", a), ("b", b))
    )
    return first, second


def on_everything(
    letter: str, algorithm: Algorithm, models: int, *, n_train: int, seed: int, purpose: str
) -> Side:
    """Return one side's models that see all training examples; each purpose has its own seeds."""
    return Side(
        letter=letter,
        algorithm=algorithm,
        masks=np.ones((models, n_train), dtype=bool),
        seeds=model_seeds(models, seed, side=f"{purpose} {letter}"),
    )
