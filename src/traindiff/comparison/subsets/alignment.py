"""Signs that rows or columns of two sets of outputs are not what the comparison takes them for.

Arrays that came from elsewhere say nothing of their order. Read wrongly, A and B look alike for
sure (outputs that do not follow their masks) or different for sure (axes in another order, masks or
outputs with the opposite sign): none of it says anything of the recipes.
"""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment

from traindiff import seeding
from traindiff.comparison.geometry import unit_rows
from traindiff.comparison.parts import Judged
from traindiff.comparison.subsets.evening import unit
from traindiff.datamodels import difference_weights
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = ["apart", "misaligned"]

OPPOSITE = -0.5
NOTHING_IN_COMMON = 0.1
MOST_ROWS = 100
"""Rows of A for which a partner is looked for, evenly over the axis."""
SURELY = 4.0
"""Standard errors by which another order must fit models that did not choose it better."""


def misaligned(outputs: Pair[Outputs], judged: Judged) -> tuple[str, ...]:
    """Return why a comparison means nothing, as far as can be told; empty where nothing is amiss.

    Parameters
    ----------
    outputs : Pair of Outputs
    judged : Judged
    """
    return (*_same(outputs), *_unused(judged), *_opposite(judged), *_reordered(outputs))


def apart(judged: Judged) -> tuple[str, ...]:
    """Return a caution where A and B have nothing in common, though both use their data."""
    if judged.similarity is None or abs(judged.similarity) > NOTHING_IN_COMMON:
        return ()
    return (
        f"A's and B's datamodels have nothing in common (cosine {judged.similarity:.2f} without "
        "noise), though both use their data: are training examples and targets the same ones, in "
        "the same order? Give train_ids and target_ids to be sure.",
    )


def _same(outputs: Pair[Outputs]) -> Iterator[str]:
    a, b = outputs
    if np.array_equal(a.values, b.values) and np.array_equal(a.masks, b.masks):
        yield (
            "A and B are the same outputs, number by number. One set was given twice, or the two "
            "recipes are one."
        )


def _unused(judged: Judged) -> Iterator[str]:
    name = judged.unused
    if name is None or judged.use is None:
        return
    other = "B" if name == "A" else "A"
    shares = {
        side: f"{100 * share.mean:.0f}% [{100 * share.low:.0f}, {100 * share.high:.0f}]"
        for side, share in judged.use.items()
    }
    yield (
        f"{name}'s outputs do not follow its masks, which explain {shares[name]} of their variance "
        f"({other}'s: {shares[other]}). Are its rows of masks and values in one order? If so, "
        f"{name} shows no use of its training data, and {other} does."
    )


def _opposite(judged: Judged) -> Iterator[str]:
    if judged.similarity is not None and judged.similarity <= OPPOSITE:
        yield (
            f"A's and B's datamodels are opposite (cosine {judged.similarity:.2f} without noise). "
            "Are masks inverted on one side (1 = left out), or are its values a loss (higher = "
            "worse)?"
        )


def _reordered(outputs: Pair[Outputs]) -> Iterator[str]:
    halves = Pair(*(_halves(name, side) for name, side in outputs.items()))
    axes = {
        "target": ("targets", "columns of values"),
        "train": ("training examples", "columns of masks"),
    }
    for axis, (words, columns) in axes.items():
        each = halves if axis == "target" else halves.map(lambda two: [half.T for half in two])
        if _fits_in_another_order(each):
            yield (
                f"B's {words} fit A's in another order far better than in the one given. Are the "
                f"{columns} of A and of B of the same {words}, in one order? Give {axis}_ids to "
                "have them matched."
            )


def _halves(name: str, side: Outputs) -> list[np.ndarray]:
    """Return unit datamodels [targets, train] of two random halves of the models."""
    order = seeding.stream(0, "halves", name).permutation(side.n_models)
    values = (side.values - side.values.mean(axis=0, dtype=np.float64)) / unit(side)
    return [
        unit_rows(difference_weights(side.masks[half], values[half]))
        for half in np.array_split(order, 2)
    ]


def _fits_in_another_order(halves: Pair[list[np.ndarray]]) -> bool:
    """Return whether an order found on half of the models fits the others better than theirs.

    Found and tried on different models: of targets that are alike the best partner is often
    another one by chance, and then it is no better on other models. A's first half is held against
    B's second, for models that share a subset share their noise.
    """
    rows = np.linspace(0, len(halves.a[0]) - 1, min(len(halves.a[0]), MOST_ROWS)).astype(int)
    found = _likeness(halves.a[0][rows], halves.b[1])
    own, partners = linear_sum_assignment(-found)
    moved = partners != rows[own]
    if moved.sum() <= len(rows) / 2:
        return False
    tried = _likeness(halves.a[1][rows], halves.b[0])
    fits, as_given = tried[own, partners][moved], tried[np.arange(len(rows)), rows][own][moved]
    gain = fits - as_given
    error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.inf
    return bool(gain.mean() > max(SURELY * error, fits.mean() / 2))


def _likeness(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the cosine of each row with each other row."""
    return np.asarray(unit_rows(rows) @ unit_rows(others).T)
