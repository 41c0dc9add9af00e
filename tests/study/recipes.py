"""Small recipes with a known difference: one sees a column that the other is blind to."""

import numpy as np
from sklearn.datasets import load_breast_cancer
from torch import nn

from traindiff.datasets import Dataset

LEAK = "leak"


def leaky() -> Dataset:
    """Breast cancer with a column that gives most labels away, standardised."""
    data = load_breast_cancer()
    inputs = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    rng = np.random.default_rng(0)
    told = np.where(rng.random(len(inputs)) < 0.7, data.target, 0.5)
    leak = (told - 0.5) * 4 + rng.normal(scale=0.3, size=len(inputs))
    return Dataset(
        name="leaky",
        modality="table",
        inputs=np.column_stack([leak, inputs]),
        labels=data.target,
        class_names=("malignant", "benign"),
        ids=tuple(f"case {i}" for i in range(len(inputs))),
        columns=(LEAK, *map(str, data.feature_names)),
    )


def ridge(inputs, labels, seed, blind=False, noise=0.3):
    """Fit a ridge classifier in closed form; its weights get a little noise of their own."""
    rng = np.random.default_rng(seed)

    def features(values):
        kept = values[:, 1:] if blind else values
        return np.column_stack([kept, np.ones(len(values))])

    x, y = features(inputs), 2.0 * labels - 1
    weights = np.linalg.solve(x.T @ x + 3 * np.eye(x.shape[1]), x.T @ y)
    weights = weights * (1 + noise * rng.normal(size=len(weights)) / np.sqrt(len(weights)))

    def predict(values):
        score = 3 * features(values) @ weights
        return np.column_stack([-score / 2, score / 2])

    return predict


class _Corner(nn.Module):
    def forward(self, images):
        seen = images.clone()
        seen[..., :3, :3] = 0
        return seen.flatten(1)


def blind_to_corner(input_shape, n_outputs, hidden=(16,)):
    """Return a small network that a picture's corner does not reach."""
    size = int(np.prod(input_shape))
    return nn.Sequential(
        _Corner(), nn.Linear(size, hidden[0]), nn.ReLU(), nn.Linear(hidden[0], n_outputs)
    )
