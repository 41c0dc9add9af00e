"""Ensembles whose counterfactual effects are known in closed form."""

from dataclasses import dataclass, replace

import numpy as np

from traindiff.datasets import Dataset
from traindiff.hypotheses import Aim, Hypothesis
from traindiff.seeding import stream
from traindiff.transforms.kinds import parse


@dataclass(frozen=True)
class Corner:
    """Two-class models whose log-odds of "yes" are slopes [models] x brightness of a corner."""

    slopes: np.ndarray
    bias: np.ndarray

    def predict(self, inputs):
        rest = inputs[:, 0, 4:, 4:].mean(axis=(1, 2)) - 0.5
        corner = inputs[:, 0, :2, :2].mean(axis=(1, 2))
        odds = self.slopes[:, None] * corner + 4 * rest[None] + self.bias[:, None]
        return np.stack([np.zeros_like(odds), odds], axis=-1).astype(np.float32)

    def arrays(self):
        return None


class Counted:
    """An ensemble that counts its forward passes."""

    def __init__(self, ensemble):
        self.ensemble, self.passes = ensemble, 0

    def predict(self, inputs):
        self.passes += 1
        return self.ensemble.predict(inputs)


def models(seed, count, slope, spread=0.05):
    random = stream(seed, "corner models")
    return Corner(
        slope + spread * random.normal(size=count), 0.3 * spread * random.normal(size=count)
    )


def data(count=200, seed=0):
    random = stream(seed, "corner data")
    inputs = random.random((count, 1, 8, 8), dtype=np.float32)
    inputs[:, :, :2, :2] = 0
    return Dataset(
        name="corners",
        modality="image",
        inputs=inputs,
        labels=np.arange(count) % 2,
        class_names=("no", "yes"),
        ids=tuple(map(str, range(count))),
    )


CLAIM = Hypothesis(
    name="corner",
    transform=parse("patch(size=2)"),
    author="a person",
    aim=Aim(output="margin", class_name="yes", inputs="class"),
    side="A",
)


def claim(**changes):
    aim = {key: changes.pop(key) for key in ("output", "class_name", "inputs") if key in changes}
    return replace(CLAIM, **changes, aim=replace(CLAIM.aim, **aim))
