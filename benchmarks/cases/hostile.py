"""Pairs that were once called different though they are alike, or alike though they differ."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax, softmax

from cases.simulated import Cell, simulate
from traindiff import InputError, Outputs, compare, compare_checkpoints, seeding
from traindiff.comparison import Comparison
from traindiff.outputs import margin

__all__ = ["ROWS", "Row", "Told"]

PERMUTATIONS = 59
LEVEL = 0.05
FDR = 0.1


class Told(NamedTuple):
    """What a run was counted for, and of the examples named how many are not different."""

    counted: bool
    false_share: float = np.nan


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the table.

    Parameters
    ----------
    name : str
    counted : str
        What is counted, in words.
    promise : str
        What its share should be.
    run : callable
        From a run's number to what is told of it.
    """

    name: str
    counted: str
    promise: str
    run: Callable[[int], Told]


Draw = Callable[[np.random.Generator], tuple[Outputs, ...]]


def _compared(pair: tuple[Outputs, ...], seed: int) -> Comparison:
    return compare(*pair, directions=1, permutations=PERMUTATIONS, seed=seed)


def _different(draw: Draw, run: int) -> Told:
    return Told(_compared(draw(seeding.stream(run, "hostile")), run).p_value <= LEVEL)


def _refused(draw: Draw, run: int) -> Told:
    try:
        _compared(draw(seeding.stream(run, "hostile")), run)
    except InputError:
        return Told(True)
    return Told(False)


def _chain(rng: np.random.Generator, models: int = 100, train: int = 40) -> np.ndarray:
    """Return masks each of which swaps two examples of the one before."""
    mask = rng.permutation(np.arange(train) < train // 2)
    masks = []
    for _ in range(models):
        out, into = rng.choice(np.flatnonzero(mask), 2), rng.choice(np.flatnonzero(~mask), 2)
        mask = mask.copy()
        mask[out], mask[into] = False, True
        masks.append(mask)
    return np.array(masks)


def _chained(rng: np.random.Generator) -> tuple[Outputs, ...]:
    weights = rng.normal(size=(40, 25)) / 3
    return tuple(
        Outputs(masks=masks, values=masks @ weights + rng.normal(size=(100, 25)))
        for masks in (_chain(rng), _chain(rng))
    )


def _reordered(rng: np.random.Generator) -> tuple[Outputs, ...]:
    a, b = _planted(rng)
    return a, b.take(rng.permutation(b.n_models))


def _planted(rng: np.random.Generator, lost: int = 0) -> tuple[Outputs, ...]:
    return simulate(Cell(planted=0.6, common=0.7, lost=lost), rng)


def _logits(rng: np.random.Generator, models: int, classes: int = 5) -> tuple[np.ndarray, ...]:
    """Return masks and logits [models, targets, classes] of A and of B, whose recipe is one."""
    targets, train = 25, 40
    masks = rng.permuted(np.tile(np.arange(train) < train // 2, (models, 1)), axis=1)
    loadings = rng.normal(size=(targets, classes, 5))
    weights = loadings @ rng.normal(size=(5, train)) / np.sqrt(5 * train / 4)
    signal = np.einsum("mn,tcn->mtc", masks - 0.5, weights)
    offset = rng.normal(size=(targets, classes))
    mixing = rng.normal(size=(3, targets, classes)) / np.sqrt(3)

    def noise() -> np.ndarray:
        joint = np.einsum("mk,ktc->mtc", rng.normal(size=(models, 3)), mixing)
        own = rng.normal(size=(models, targets, classes))
        return np.sqrt(0.6) * joint + np.sqrt(0.4) * own

    return masks, signal + offset + noise(), signal + offset + noise()


OUTPUTS = {
    "margin": margin,
    "log-probability": lambda z, y: log_softmax(z, axis=2)[:, np.arange(len(y)), y],
    "probability": lambda z, y: softmax(z, axis=2)[:, np.arange(len(y)), y],
}


def _tempered(rng: np.random.Generator, models: int, output: str) -> tuple[Outputs, ...]:
    """Return A, and B of the same recipe at temperature 2."""
    masks, a, b = _logits(rng, models)
    labels = rng.integers(5, size=25)
    values = (OUTPUTS[output](z, labels) for z in (a, b / 2))
    return tuple(Outputs(masks=masks, values=each) for each in values)


def _more_than_strength(draw: Draw, run: int) -> Told:
    test = _compared(draw(seeding.stream(run, "hostile")), run).test
    return Told(test.significant and not test.only_strength)


def _named(count: int, run: int) -> Told:
    rng = seeding.stream(run, "hostile", count)
    cell = Cell(models_a=200, models_b=200, multiplied=count)
    named = _compared(simulate(cell, rng), run).train_q_values <= FDR
    changed = np.arange(cell.train) < count
    false = (named & ~changed).sum() / max(named.sum(), 1)
    return Told((named & changed).sum() / count, false)


MIXING = seeding.stream(0, "mixing").normal(size=(3, 10, 1))


def _checkpoints(rng: np.random.Generator, use: np.ndarray, count: int, noise: float) -> np.ndarray:
    joint = np.einsum("kto,ckn->ctn", MIXING, rng.normal(size=(count, 3, 30)))
    own = rng.normal(size=(count, 10, 30))
    return use + noise * (np.sqrt(0.5 / 3) * joint + np.sqrt(0.5) * own)


def _checkpoints_differ(
    sizes: tuple[int, int], noise: tuple[float, float], run: int, epochs: int = 1, extra: float = 0
) -> Told:
    rng = seeding.stream(run, "hostile checkpoints")
    use = rng.normal(size=(10, 30))
    only_a = extra * np.outer(np.arange(10) < 4, np.arange(30) < 6)
    a, b = (
        np.repeat(_checkpoints(rng, each, size, sd), epochs, axis=0)
        for each, size, sd in zip((use + only_a, use), sizes, noise, strict=True)
    )
    labels = {}
    if epochs > 1:
        a, b = (each + 0.3 * rng.normal(size=each.shape) for each in (a, b))
        labels = {
            name: np.repeat(np.arange(size), epochs)
            for name, size in zip(("runs_a", "runs_b"), sizes, strict=True)
        }
    found = compare_checkpoints(a, b, directions=1, permutations=99, seed=run, **labels)
    return Told(found.p_value <= LEVEL)


def _alike(name: str, draw: Draw) -> Row:
    return Row(name=name, counted="called different", promise="≤ 5", run=partial(_different, draw))


def _simulated(name: str, cell: Cell) -> Row:
    return _alike(name, partial(simulate, cell))


def _found(name: str, draw: Draw) -> Row:
    return Row(name=name, counted="found", promise="100", run=partial(_different, draw))


def _checked(name: str, sizes: tuple[int, int], noise: tuple[float, float], **more: float) -> Row:
    run = partial(_checkpoints_differ, sizes, noise, **more)
    return Row(name=f"checkpoints: {name}", counted="called different", promise="≤ 7", run=run)


def _rows() -> tuple[Row, ...]:
    masks = Cell(per_mask=5, paired=True)
    return (
        _checked("5 against 5, B's 2 times as noisy", (5, 5), (1.0, 2.0)),
        _checked("5 against 5, B's 3 times as noisy", (5, 5), (1.0, 3.0)),
        _checked("8 against 8, B's 2 times as noisy", (8, 8), (1.0, 2.0)),
        _checked("10 against 10, B's 3 times as noisy", (10, 10), (1.0, 3.0)),
        _checked("4 against 10, the few 2 times as noisy", (4, 10), (2.0, 1.0)),
        _checked("4 against 10, the few 3 times as noisy", (4, 10), (3.0, 1.0)),
        _checked("4 against 10, the many 3 times as noisy", (4, 10), (1.0, 3.0)),
        _checked("5 against 5 runs of 3 epochs", (5, 5), (1.0, 1.0), epochs=3),
        Row(
            name="checkpoints: 5 against 5, a quarter of the pairs used more",
            counted="found",
            promise="as before",
            run=partial(_checkpoints_differ, (5, 5), (1.0, 1.0), extra=1.5),
        ),
        _simulated("F1: complements, other masks", Cell(complements=True, paired=False)),
        Row(
            name="F2: a chain of masks, other masks",
            counted="refused",
            promise="100",
            run=partial(_refused, _chained),
        ),
        *(
            _simulated(f"F3: 5 seeds a mask, whose own effect is {effect:g} of the noise", cell)
            for effect in (0.5, 1.0)
            for cell in (replace(masks, own_effect=effect),)
        ),
        *(_simulated(f"one output times {size:.0e}", Cell(huge=size)) for size in (1e4, 1e8)),
        _found("M1: 4 of 40 examples used more, noise shared 0.7", _planted),
        _found("M1: the same, one row of B missing", partial(_planted, lost=1)),
        _found("M1b: the same, rows of B in another order", _reordered),
        *(
            Row(
                name=f"N1: {count} of 40 examples used twice as much, 200 models",
                counted="of them named (q ≤ 0.1)",
                promise="false ≤ 10",
                run=partial(_named, count),
            )
            for count in (4, 10, 20)
        ),
        *(
            _beyond_strength(
                f"{name}: temperature 2, {output}, {models} models",
                "≤ 7",
                partial(_tempered, models=models, output=output),
            )
            for name, models, output in (
                ("F6", 300, "margin"),
                ("F6b", 100, "log-probability"),
                ("F6b", 100, "probability"),
            )
        ),
        _beyond_strength(
            "4 of 40 examples used more, 100 models", "100", partial(simulate, Cell(planted=1.0))
        ),
        Row(
            name="M2: A uses nothing, B much, 200 models",
            counted="said so",
            promise="100",
            run=partial(_said_unused, Cell(unused=True, snr=3.0, models_a=200, models_b=200)),
        ),
        Row(
            name="M2: both use their data, signal/noise 0.3",
            counted="said to use none",
            promise="≤ 5",
            run=partial(_said_unused, Cell(snr=0.3)),
        ),
        Row(
            name="arrays in order, 4 of 40 examples used more",
            counted="called misaligned",
            promise="≤ 5",
            run=partial(_said_misaligned, Cell(planted=1.0)),
        ),
    )


def _said_misaligned(cell: Cell, run: int) -> Told:
    found = _compared(simulate(cell, seeding.stream(run, "hostile")), run)
    return Told(bool(found.misaligned))


def _beyond_strength(name: str, promise: str, draw: Draw) -> Row:
    run = partial(_more_than_strength, draw)
    return Row(name=name, counted="called more than strength", promise=promise, run=run)


def _said_unused(cell: Cell, run: int) -> Told:
    found = _compared(simulate(cell, seeding.stream(run, "hostile")), run)
    return Told(found.judged.unused is not None)


ROWS = _rows()
"""The rows of the table."""
