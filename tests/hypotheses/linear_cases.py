"""A study whose answer is known: softmax regressions that do, or do not, look at a corner."""

from dataclasses import dataclass

import numpy as np

from traindiff.comparison import (
    AxisTest,
    Comparison,
    Directions,
    Judged,
    Power,
    Reliability,
    Test,
)
from traindiff.datasets import Dataset, Splits
from traindiff.pair import Pair
from traindiff.seeding import stream

SIDE = 12
CORNER = (slice(8, 11), slice(8, 11))
PATCHED = 2


@dataclass(frozen=True)
class Linear:
    """Softmax regressions: weights [models, classes, pixels]."""

    weights: np.ndarray

    def predict(self, inputs):
        flat = inputs.reshape(len(inputs), -1).astype(np.float64)
        return np.einsum("mcp,ip->mic", self.weights, flat).astype(np.float32)

    def arrays(self):
        return {"weights": self.weights}


def images(seed, count, patched):
    """Classes are noisy templates; a share ``patched`` of one class has a bright corner."""
    random = stream(seed, "images")
    templates = stream(0, "templates").random((3, SIDE, SIDE)) * 0.5
    labels = np.arange(count) % 3
    inputs = templates[labels] + 0.15 * random.random((count, SIDE, SIDE))
    inputs[:, *CORNER] = 0
    marked = (labels == PATCHED) & (random.random(count) < patched)
    inputs[marked, *CORNER] = 1
    data = Dataset(
        name=f"corner-{seed}",
        modality="image",
        inputs=inputs[:, None].astype(np.float32),
        labels=labels,
        class_names=("cat", "dog", "owl"),
        ids=tuple(f"{seed}-{i}" for i in range(count)),
    )
    return data, marked


def ensemble(seed, models, corner_weight):
    """Models that score each class by its template, and ``PATCHED`` by the corner too."""
    random = stream(seed, "models")
    templates = stream(0, "templates").random((3, SIDE, SIDE)) * 0.5
    weights = np.repeat(templates[None] - templates.mean(axis=0), models, axis=0) * 2
    weights += 0.02 * random.normal(size=weights.shape)
    weights[:, :, *CORNER] = 0
    weights[:, PATCHED, *CORNER] = corner_weight * (1 + 0.1 * random.normal(size=(models, 1, 1)))
    return Linear(weights.reshape(models, 3, -1))


def study(side="A", significant=True):
    """Return splits and a comparison whose one direction points at the marked examples."""
    train, marked = images(1, 150, 0.7)
    targets, _ = images(2, 120, 0.7)
    verification, _ = images(3, 120, 0.7)
    random = stream(5, "direction")
    direction = marked + 0.2 * random.normal(size=150)
    projections = (targets.labels == PATCHED) + 0.2 * random.normal(size=120)
    p_value = 0.005 if significant else 0.6
    unseen = AxisTest(statistics=np.ones(0), q_values=np.ones(0))
    comparison = Comparison(
        method="honest",
        found=Directions(
            rows=(direction / np.linalg.norm(direction))[None],
            projections=projections[:, None],
            explained=Pair(np.array([0.2]), np.array([0.0])),
            singular_values=np.array([3.0]),
        ),
        similarity=np.zeros(120),
        test=Test(
            p_value=p_value,
            p_values=np.array([p_value]),
            statistics={},
            null_level=1.0,
            permutations=200,
            level=0.05,
            power=Power(models_needed=None, message=""),
            train=unseen,
            targets=unseen,
        ),
        judged=Judged(
            sides=(side,),
            strengths=Pair(np.array([1.0]), np.array([0.0])),
            reliability=(Reliability(projection_correlation=1.0, train_overlap=1.0),),
            space_agreement=1.0,
        ),
    )
    return Splits(train=train, targets=targets, verification=verification), comparison
