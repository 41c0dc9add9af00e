"""An algorithm that is quick, exact and easy to break."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from traindiff import seeding
from traindiff.datasets import Dataset


def digits(count: int, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    return Dataset(
        name="points",
        modality="table",
        inputs=rng.normal(size=(count, 4)),
        labels=rng.integers(0, 3, count),
        class_names=("a", "b", "c"),
        ids=tuple(f"{seed}-{i}" for i in range(count)),
        columns=("p", "q", "r", "s"),
        categories=(None,) * 4,
    )


@dataclass(frozen=True, kw_only=True)
class Means:
    """Class means, shaken by the model's seed; models of some seeds diverge."""

    name: str = "means"
    scale: float = 1.0
    diverging: tuple[int, ...] = ()
    calls: list[int] = field(default_factory=list, compare=False)
    keeps: bool = True

    def describe(self) -> dict[str, Any]:
        return {"scale": self.scale, "diverging": list(self.diverging)}

    def check(self, data: Dataset) -> None:
        pass

    def train(self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Any) -> Any:
        self.calls.append(len(seeds))
        models = []
        for mask, seed in zip(masks, seeds, strict=True):
            means = [data.inputs[mask & (data.labels == label)].mean(axis=0) for label in range(3)]
            shaken = np.array(means) + seeding.stream(seed, "shake").normal(size=(3, 4))
            models.append(shaken * (np.nan if seed in self.diverging else self.scale))
            advance(1)
        return Ensemble(means=np.array(models), keeps=self.keeps)

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> Any:
        return Ensemble(means=arrays["means"], keeps=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ensemble:
    means: np.ndarray
    keeps: bool

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return np.einsum("mcf,ef->mec", self.means, inputs).astype(np.float32)

    def arrays(self) -> Mapping[str, np.ndarray] | None:
        return {"means": self.means} if self.keeps else None


class Recorder:
    """A meter that writes down its stages: title, total, done earlier, and how far each came."""

    def __init__(self) -> None:
        self.stages: list[list[Any]] = []

    @contextmanager
    def stage(self, title: str, total: int, *, done: int = 0) -> Iterator[Any]:
        stage = [title, total, done, done]
        self.stages.append(stage)

        def advance(amount: int = 1) -> None:
            stage[3] += amount

        yield advance
