"""What was compared, on what, and whether it is fit to be compared."""

from collections.abc import Iterator, Mapping
from typing import Any

from traindiff.algorithms.recipe import difference, same_recipe, side_by_side
from traindiff.datasets.summary import summarise
from traindiff.lenses.predictions.metrics import Metric, Performance
from traindiff.pair import Pair
from traindiff.report.content.document.overview import Data, Recipes
from traindiff.report.content.words import number, percent, percent_interval
from traindiff.report.evidence import Evidence
from traindiff.statistics.bootstrap import Interval

__all__ = ["cautions", "data", "recipes"]

ALWAYS = 0.995
"""Share of predictions from which a side is said to answer one class whatever it is asked."""


def recipes(evidence: Evidence) -> Recipes | None:
    """Return what A and B differ in; None where their settings are not known."""
    described = _described(evidence)
    if described is None:
        return None
    return Recipes(
        same=same_recipe(described),
        sentence=difference(described),
        settings=side_by_side(described),
    )


def data(evidence: Evidence) -> Data:
    """Return what the data are, part by part and column by column."""
    splits = evidence.splits
    if splits is None:
        return Data(
            name="arrays",
            modality="none",
            classes=(),
            n_train=evidence.n_train,
            n_targets=evidence.n_targets,
            n_verification=0,
            fingerprints={},
        )
    found = summarise(splits)
    parts = {"train": splits.train, "targets": splits.targets, "verification": splits.verification}
    return Data(
        name=splits.train.name,
        modality=splits.train.modality,
        classes=found.class_names,
        n_train=evidence.n_train,
        n_targets=evidence.n_targets,
        n_verification=len(splits.verification),
        fingerprints={name: part.fingerprint for name, part in parts.items()},
        unused=found.unused,
        parts=found.parts,
        columns=found.columns,
        notes=found.notes,
        doubts=found.doubts,
    )


def cautions(evidence: Evidence, shown: Data) -> tuple[str, ...]:
    """Return why the models may not be fit to be compared, to stand beside the verdict."""
    described, found = _described(evidence), evidence.performance
    same = described is not None and same_recipe(described)
    return (
        *((difference(described),) if described is not None and same else ()),
        *(() if found is None else _of_models(found, shown.classes)),
        *shown.doubts,
    )


def _described(evidence: Evidence) -> Pair[Mapping[str, Any]] | None:
    a, b = (evidence.settings.get(side) for side in "ab")
    if a is None or b is None:
        return None
    return Pair[Mapping[str, Any]](a, b).map(_unnamed)


def _unnamed(recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in recipe.items() if key != "name"}


def _of_models(found: Performance, classes: tuple[str, ...]) -> Iterator[str]:
    accuracy, explained = found.metric("accuracy"), found.metric("R²")
    if accuracy is not None:
        yield from _of_accuracy(accuracy, found.said, classes)
    for name, value in explained.values.items() if explained is not None else ():
        if value.low <= 0:
            yield (
                f"{name} predicts no better than the mean of the labels (R² "
                f"{_interval(value)}): what it uses its training data for is of little interest."
            )


def _of_accuracy(
    accuracy: Metric, said: Pair[tuple[float, ...]], classes: tuple[str, ...]
) -> Iterator[str]:
    for (name, value), shares in zip(accuracy.values.items(), said, strict=True):
        most = max(shares)
        if most >= ALWAYS:
            yield (
                f"{name} says {classes[shares.index(most)]!r} of "
                f"{'every target' if most == 1 else f'{percent(most)} of targets'}, whatever it is "
                "asked: it has not learned the task."
            )
        elif value.low <= accuracy.chance:
            yield (
                f"{name} is right on {percent_interval(value)} of targets; who always names the "
                f"most frequent class is right on {percent(accuracy.chance)}. It is not shown to "
                "have learned the task."
            )


def _interval(value: Interval) -> str:
    return f"{number(value.mean, 2)} [{number(value.low, 2)}, {number(value.high, 2)}]"
