"""Planted differences in pictures of digits and clothes."""

from dataclasses import replace

import numpy as np

from cases.base import Case, Feature, Planted, Recipe, some_of
from traindiff import Dataset, Splits, TorchAlgorithm, load, seeding, split

__all__ = ["CASES"]

DIGITS = TorchAlgorithm(
    name="MLP 64-32-10",
    arguments={"hidden": [32]},
    optimizer="sgd",
    lr=0.1,
    momentum=0.9,
    epochs=12,
    batch_size=50,
)
CLOTHES = replace(DIGITS, name="MLP 784-32-10", epochs=15)
FASHION = "/usr/share/datasets/fashion-mnist"
TOP_LEFT, BOTTOM_RIGHT = "top left", "bottom right"


def _digits(seed: int, train: int = 300, targets: int = 300) -> Splits:
    return split(load("digits"), train=train, targets=targets, verification=10, seed=seed)


def _corner(data: Dataset, rows: np.ndarray, value: float, corner: str = TOP_LEFT) -> Dataset:
    """Return the pictures with one corner, a seventh (or quarter) of their side, painted."""
    size = max(data.inputs.shape[-1] // 7, 2)
    part = slice(0, size) if corner == TOP_LEFT else slice(-size, None)
    inputs = data.inputs.copy()
    inputs[np.flatnonzero(rows), :, part, part] = value
    return replace(data, inputs=inputs)


def _blind(data: Dataset, corner: str = TOP_LEFT) -> Dataset:
    return _corner(data, np.ones(len(data), bool), 0.0, corner)


def _recipe(algorithm: TorchAlgorithm, splits: tuple[Dataset, Dataset]) -> Recipe:
    return Recipe(algorithm=algorithm, train=splits[0], targets=splits[1])


def _patched(algorithm: TorchAlgorithm, splits: Splits, train: np.ndarray, seed: int) -> Planted:
    rng = seeding.stream(seed, "planted targets")
    carriers = some_of(splits.targets.labels == 0, 0.7, rng)
    seen = (_corner(splits.train, train, 1.0), _corner(splits.targets, carriers, 1.0))
    return Planted(
        a=_recipe(algorithm, seen),
        b=_recipe(algorithm, (_blind(seen[0]), _blind(seen[1]))),
        features=(Feature(side="A", carriers=carriers),),
    )


def patch_on_clothes(seed: int) -> Planted:
    data = load("fashion-mnist", path=FASHION)
    splits = split(data, train=600, targets=500, verification=10, seed=seed)
    train = some_of(splits.train.labels == 0, 0.7, seeding.stream(seed, "planted train"))
    return _patched(CLOTHES, splits, train, seed)


def patch_on_digits(seed: int) -> Planted:
    splits = _digits(seed)
    train = some_of(splits.train.labels == 0, 0.7, seeding.stream(seed, "planted train"))
    return _patched(DIGITS, splits, train, seed)


def rare_patch(seed: int) -> Planted:
    splits = _digits(seed, train=500)
    train = some_of(splits.train.labels == 0, 0.2, seeding.stream(seed, "planted train"))
    return _patched(DIGITS, splits, train, seed)


def two_patches(seed: int) -> Planted:
    splits, rng = _digits(seed), seeding.stream(seed, "two patches")
    train, targets = splits.train, splits.targets
    carriers = []
    for label, corner in ((0, TOP_LEFT), (1, BOTTOM_RIGHT)):
        train = _corner(train, some_of(train.labels == label, 0.7, rng), 1.0, corner)
        carriers.append(some_of(targets.labels == label, 0.7, rng))
        targets = _corner(targets, carriers[-1], 1.0, corner)
    return Planted(
        a=_recipe(DIGITS, (_blind(train, BOTTOM_RIGHT), _blind(targets, BOTTOM_RIGHT))),
        b=_recipe(DIGITS, (_blind(train), _blind(targets))),
        features=(
            Feature(side="A", carriers=carriers[0]),
            Feature(side="B", carriers=carriers[1]),
        ),
    )


def brightness(seed: int) -> Planted:
    splits, rng = _digits(seed), seeding.stream(seed, "brightness")

    def brightened(data: Dataset, rows: np.ndarray) -> Dataset:
        return replace(data, inputs=0.7 * data.inputs + 0.3 * rows[:, None, None, None])

    def levelled(data: Dataset) -> Dataset:
        means = data.inputs.mean(axis=(1, 2, 3), keepdims=True)
        return replace(data, inputs=(data.inputs - means + 0.4).clip(0, 1))

    train, targets = (
        some_of(part.labels == 0, 0.7, rng) for part in (splits.train, splits.targets)
    )
    seen = brightened(splits.train, train), brightened(splits.targets, targets)
    return Planted(
        a=_recipe(DIGITS, seen),
        b=_recipe(DIGITS, (levelled(seen[0]), levelled(seen[1]))),
        features=(Feature(side="A", carriers=targets),),
    )


def dropped_label_noise(seed: int) -> Planted:
    splits, rng = _digits(seed), seeding.stream(seed, "label noise")
    wrong = np.isin(np.arange(300), rng.permutation(300)[:24])
    labels = splits.train.labels.copy()
    labels[wrong] = (labels[wrong] + rng.integers(1, 10, size=24)) % 10
    both = (replace(splits.train, labels=labels), splits.targets)
    cleaned = replace(_recipe(DIGITS, both), kept=~wrong)
    return Planted(
        a=_recipe(DIGITS, both),
        b=cleaned,
        features=(Feature(side="A", carriers=wrong, axis="train"),),
    )


CASES = (
    Case(
        name="corner patch, digits",
        about="n = T = 300; a white 2 × 2 corner on 70% of the zeros; B sees that corner black",
        build=patch_on_digits,
    ),
    Case(
        name="two patches, digits",
        about="n = T = 300; as above, and the opposite corner on 70% of the ones; A is blind to it",
        build=two_patches,
    ),
    Case(
        name="rare patch, digits",
        about="n = 500, T = 300; the patch on 10 training examples (2%, a fifth of the zeros)",
        build=rare_patch,
    ),
    Case(
        name="brightness, digits",
        about="n = T = 300; 70% of the zeros 0.3 brighter; B subtracts each picture's mean",
        build=brightness,
    ),
    Case(
        name="dropped label noise, digits",
        about="n = T = 300; 24 wrong labels; B drops them; scored on the training examples",
        build=dropped_label_noise,
    ),
    Case(
        name="corner patch, Fashion-MNIST",
        about="n = 600, T = 500; a white 4 × 4 corner on 70% of class 0; B sees it black",
        build=patch_on_clothes,
    ),
)
