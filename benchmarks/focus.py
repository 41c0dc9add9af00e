"""Focus (METHOD §8): would another run have found the same, and does A against A find nothing?

Runs share the data and nothing else: other checkpoints, groups, masks and models. Prints one line a
case and number of models; writes them with --write.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
from cases import pictures, tables
from cases.base import Planted, Recipe
from cases.focusing import decide
from scipy.stats import binomtest

from traindiff import TorchAlgorithm, compare, load, split
from traindiff.augment import RandomShift
from traindiff.comparison import Comparison

TABLE = Path(__file__).parent / "results" / "focus.md"
CASES = {case.name: case.build for case in (*pictures.CASES, *tables.CASES)}
DEMO = "the demo: plain against shifts, digits"
LEVEL = 0.05


def demo(seed: int) -> Planted:
    """Return the demo's recipes: many small differences and no planted one."""
    splits = split(load("digits"), train=500, targets=400, verification=10, seed=seed)
    plain = TorchAlgorithm(
        name="plain",
        arguments={"hidden": [64]},
        epochs=30,
        batch_size=32,
        optimizer="sgd",
        lr=0.1,
        momentum=0.9,
    )
    shifted = replace(plain, name="shifts", augment=(RandomShift(pixels=1),))
    a, b = (
        Recipe(algorithm=algorithm, train=splits.train, targets=splits.targets)
        for algorithm in (plain, shifted)
    )
    return Planted(a=a, b=b, features=())


def told(planted: Planted, models: int, seed: int, draws: int) -> Comparison:
    """Return what one run of focus says."""
    found = decide(planted, models, seed)
    return compare(*found.outputs, directions=10, permutations=draws, estimator="auto")


# --- would another run have found the same? --------------------------------------------------


def agreement(runs: list[Comparison]) -> tuple[list[float], list[float]]:
    """Return how runs agree on the targets of the first direction: its own, and within the space.

    Correlations of the first directions' projections, one a pair of runs; multiple correlations of
    one run's first with the other's significant ones, one an ordered pair.
    """
    firsts = np.array([run.projections[:, 0] for run in runs])
    own = np.abs(np.corrcoef(firsts))
    pairs = [float(own[i, j]) for i, j in combinations(range(len(runs)), 2)]
    spaces = [_space(run) for run in runs]
    inside = [_inside(firsts[i], spaces[j]) for i, j in permutations(range(len(runs)), 2)]
    return pairs, inside


def _space(run: Comparison) -> np.ndarray:
    return run.projections[:, : max(len(run.significant), 1)]


def _inside(values: np.ndarray, space: np.ndarray) -> float:
    centred, basis = values - values.mean(), space - space.mean(axis=0)
    fitted = basis @ np.linalg.lstsq(basis, centred, rcond=None)[0]
    return float(np.linalg.norm(fitted) / np.linalg.norm(centred))


def reproduced(name: str, models: int, runs: int) -> str:
    planted = demo(0) if name == DEMO else CASES[name](0)
    found = [told(planted, models, 100 + run, 99) for run in range(runs)]
    pairs, inside = agreement(found)
    counts = ", ".join(str(len(run.significant)) for run in found)
    return (
        f"| {name} | {models} | {np.mean(pairs):.2f} | {min(pairs):.2f} | {np.mean(inside):.2f} "
        f"| {counts} |"
    )


# --- does A against A find nothing? ----------------------------------------------------------


def against_itself(name: str, models: int, runs: int) -> str:
    """Return how often A differs from itself: groups from two sets of A's own checkpoints.

    Masks are paired, the models' other randomness is not: with equal seeds they would be equal.
    """
    p_values = []
    for run in range(runs):
        recipe = CASES[name](run).a
        other = replace(recipe, algorithm=replace(recipe.algorithm, name="the same again"))
        p_values.append(_null(Planted(a=recipe, b=other, features=()), models, 500 + run))
    hits = int(np.sum(np.array(p_values) <= LEVEL))
    low, high = binomtest(hits, runs).proportion_ci()
    return f"| {name} | {models} | {hits} of {runs} | {100 * low:.1f}–{100 * high:.1f}% |"


def _null(planted: Planted, models: int, seed: int) -> float:
    found = decide(planted, models, seed, own_seeds=True)
    drawn = compare(*found.outputs, directions=1, permutations=59, seed=seed, estimator="auto")
    return float(drawn.p_value)


# --- running ---------------------------------------------------------------------------------

HEADER = """# Focus: reproducible and silent

    {command}

Correlation of the first direction's target projections between disjoint runs of focus (other
checkpoints, groups, masks and models; {runs} runs, all pairs), and multiple correlation of one
run's first direction with the significant ones of another.

| case | models a side | mean | least | within the space | significant directions |
|---|---|---|---|---|---|"""
NULL = f"""
A against A, groups from two sets of its own checkpoints: p <= {LEVEL} in so many runs, with 95%
Clopper-Pearson intervals.

| case | models a side | runs | |
|---|---|---|---|"""


def lines(args: argparse.Namespace) -> Iterator[str]:
    yield HEADER.format(command=f"python benchmarks/focus.py --runs {args.runs}", runs=args.runs)
    chosen = [name for name in (*CASES, DEMO) if args.only in name]
    for name in chosen:
        if "noise" not in name:  # its truth lies in training examples, not in directions
            for models in args.models:
                yield reproduced(name, models, args.runs)
    if args.null:
        yield NULL
        for name in chosen:
            if name in ("corner patch, digits", "leaked column, breast cancer"):
                yield against_itself(name, 40, args.null)
                yield against_itself(name, 80, args.null)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4, help="disjoint runs of each case")
    parser.add_argument("--null", type=int, default=0, help="runs of A against A")
    parser.add_argument("--models", type=int, nargs="+", default=[40, 160])
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    written = []
    for line in lines(args):
        print(line, flush=True)
        written.append(line)
    if args.write:
        TABLE.write_text("\n".join(written) + "\n")


if __name__ == "__main__":
    main()
