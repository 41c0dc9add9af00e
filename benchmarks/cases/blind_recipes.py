"""Real data with a planted difference, from training to verdict: for benchmarks/verification.py.

A learns from a feature planted on 70% of one class; B is the same recipe, blind to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.comparison import compare
from traindiff.datasets import Dataset, Splits
from traindiff.datasets.bundled import breast_cancer
from traindiff.datasets.fashion_mnist import fashion_mnist
from traindiff.datasets.splits import split
from traindiff.hypotheses import Hypothesis
from traindiff.hypotheses.propose import propose
from traindiff.outputs import Outputs, margin
from traindiff.seeding import derive, stream
from traindiff.transforms.images.pixels import Box, overlap
from traindiff.verification import verify

FASHION = "/usr/share/datasets/fashion-mnist"
SHARE = 0.7
MODELS, DISCOVERY, FRESH = 600, 5, 20
CORNERS = (Box(1, 1, 4, 4), Box(22, 22, 4, 4))
YELLOW = (1.0, 1.0, 0.3)


@dataclass(frozen=True)
class Run:
    """Whether a direction was significant, its top proposal the planted one, and confirmed."""

    significant: bool
    top: bool
    confirmed: bool
    words: str


class Blind(nn.Module):
    """An MLP that never sees what ``hide`` takes away."""

    def __init__(self, hide: Callable[[Tensor], Tensor], inputs: int, outputs: int) -> None:
        super().__init__()
        self.hide = hide
        self.first, self.second = nn.Linear(inputs, 64), nn.Linear(64, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.relu(self.first(self.hide(x).flatten(1))))


def everything(x: Tensor) -> Tensor:
    return x


def without_corners(x: Tensor) -> Tensor:
    shown = torch.ones_like(x)
    for box in CORNERS:
        shown[..., box.y : box.y + box.height, box.x : box.x + box.width] = 0
    return x * shown


def without_colour(x: Tensor) -> Tensor:
    # A tint darkens blue; the brightest channel is as it was before.
    return x.amax(dim=1, keepdim=True).expand_as(x)


def without_last_column(x: Tensor) -> Tensor:
    return torch.cat([x[:, :-1], torch.zeros_like(x[:, -1:])], dim=1)


def _recipe(hide: Callable[[Tensor], Tensor]) -> TorchAlgorithm:
    def factory(shape: Sequence[int], outputs: int) -> nn.Module:
        return Blind(hide, int(np.prod(shape)), outputs)

    return TorchAlgorithm(
        name=hide.__name__, module=factory, epochs=15, lr=0.003, version=hide.__name__
    )


def _marked(data: Dataset, label: int, seed: int) -> np.ndarray:
    random = stream(seed, "planted", label)
    return (data.labels == label) & (random.random(len(data)) < SHARE)


def _with_corners(data: Dataset, labels: Sequence[int], seed: int) -> Dataset:
    inputs = data.inputs.copy()
    for label, box in zip(labels, CORNERS, strict=False):
        marked = _marked(data, label, seed)
        inputs[marked, :, box.y : box.y + box.height, box.x : box.x + box.width] = 1
    return replace(data, inputs=inputs)


def _tinted(data: Dataset, label: int, seed: int) -> Dataset:
    inputs = np.repeat(data.inputs, 3, axis=1)
    inputs[_marked(data, label, seed)] *= np.array(YELLOW, np.float32)[:, None, None]
    return replace(data, inputs=inputs)


def _halved(data: Dataset) -> Dataset:
    """Return images of half the side: three channels cost as much as one then."""
    return replace(data, inputs=data.inputs[..., ::2, ::2])


def _fashion(seed: int) -> Splits:
    data = fashion_mnist(FASHION, limit=4000, seed=seed)
    return split(data, train=600, targets=400, verification=500, seed=seed)


def _planted(splits: Splits, plant: Callable[[Dataset, int], Dataset], seed: int) -> Splits:
    """Plant in train and targets; verification inputs stay clean but for the test."""
    return Splits(
        train=plant(splits.train, seed),
        targets=plant(splits.targets, seed + 1),
        verification=plant(splits.verification, seed + 2),
    )


def _run(
    splits: Splits,
    blind: Callable[[Tensor], Tensor],
    is_planted: Callable[[Hypothesis], bool],
    seed: int,
    needed: int = 1,
) -> Run:
    """Train, compare, propose and verify; ``needed`` top proposals must be planted ones."""
    n, recipes = len(splits.train), (_recipe(everything), _recipe(blind))
    random = stream(seed, "masks")
    masks = np.argsort(random.random((MODELS, n)), axis=1) < n // 2
    seeds = [derive(seed, "model", i) for i in range(MODELS)]
    outputs = []
    for recipe in recipes:
        logits = recipe.train(splits.train, masks, seeds, _quiet).predict(splits.targets.inputs)
        outputs.append(Outputs(masks=masks, values=margin(logits, splits.targets.labels)))
    comparison = compare(*outputs, directions=4, permutations=200, seed=seed)
    found = propose(comparison, splits, *_full(recipes, splits, DISCOVERY, seed, "d"), seed=seed)
    verdicts = verify(
        found, *_full(recipes, splits, FRESH, seed, "v"), splits.verification, seed=seed
    )
    best = {h.direction: h for h in reversed(found)}
    planted = {h.name for h in best.values() if is_planted(h)}
    confirmed = sum(v.state == "confirmed" and v.hypothesis.name in planted for v in verdicts)
    return Run(
        bool(comparison.significant),
        len(planted) >= needed,
        confirmed >= needed,
        "; ".join(f"{v.hypothesis.transform.describe()} [{v.state}]" for v in verdicts[:3]),
    )


def _full(
    recipes: Sequence[TorchAlgorithm], splits: Splits, count: int, seed: int, name: str
) -> list:
    masks = np.ones((count, len(splits.train)), bool)
    seeds = [derive(seed, name, i) for i in range(count)]
    return [recipe.train(splits.train, masks, seeds, _quiet) for recipe in recipes]


def _quiet(amount: int = 1) -> None:
    pass


def _at_corner(hypothesis: Hypothesis) -> bool:
    change = hypothesis.transform.change
    return change.kind == "patch" and max(overlap(change.box, box) for box in CORNERS) >= 0.5


def _yellow(hypothesis: Hypothesis) -> bool:
    change = hypothesis.transform.change
    return (
        change.kind == "tint"
        and int(np.argmin(change.colour)) == 2
        and min(change.colour[:2]) > 0.7
    )


def patch(seed: int) -> Run:
    splits = _planted(_fashion(seed), lambda data, s: _with_corners(data, [3], s), seed)
    return _run(splits, without_corners, _at_corner, seed)


def two_patches(seed: int) -> Run:
    splits = _planted(_fashion(seed), lambda data, s: _with_corners(data, [3, 7], s), seed)
    return _run(splits, without_corners, _at_corner, seed, needed=2)


def tint(seed: int) -> Run:
    splits = _planted(_fashion(seed), lambda data, s: _tinted(_halved(data), 5, s), seed)
    return _run(splits, without_colour, _yellow, seed)


def leaked_column(seed: int) -> Run:
    data = breast_cancer()
    noise = stream(seed, "leak").random(len(data)) < 0.85
    leak = np.where(noise, data.labels, 1 - data.labels).astype(float)
    data = replace(
        data,
        inputs=np.column_stack([data.inputs, leak]),
        columns=(*data.columns, "leak"),
        categories=(*data.categories, None),
    )
    splits = split(data, train=250, targets=150, verification=150, seed=seed)
    return _run(splits, without_last_column, lambda h: h.transform.change.column == "leak", seed)


CASES: dict[str, Callable[[int], Run]] = {
    "patch": patch,
    "two patches": two_patches,
    "tint": tint,
    "leaked column": leaked_column,
}
