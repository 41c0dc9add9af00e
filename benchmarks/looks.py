"""Looking again (METHOD §10.12): models raised from 40 to 320 a side, compared four times.

The p-value that counts is the one that a study shows, which pays for all looks; beside it, what
looking four times does unpaid, and one look at the end alone. By default the test is of the mean of
independent normal numbers, whose p-values are exact, so that nothing but the looks is measured;
with --ensembles it is that of `compare`, on simulated ensembles over groups. Prints a table; writes
it with --write.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from cases.simulated import Cell, simulate
from scipy.stats import binomtest, norm

from traindiff import compare, seeding
from traindiff.statistics.looks import Look
from traindiff.study.ledger import Spending

TABLE = Path(__file__).parent / "results" / "looks.md"
MODELS = (40, 80, 160, 320)
PLANS = {"as far as looked": 40, "320 from the start": 320}
LEVEL = 0.05
ASKED = 39
SETTING = Cell(models_a=320, models_b=320, train=10, targets=10, estimator="auto")
MEANS = (0.0, 1.6, 2.0, 2.5)
PLANTED = (0.0, 0.3)

Test = Callable[[Spending], float]
"""The p-value of one look, as if there were no other."""


def of_a_mean(effect: float, run: int) -> Test:
    """Return the one-sided test of a sum that grows; ``effect`` in deviations at the last look."""
    rng = seeding.stream(run, "looks", repr(effect))
    steps = rng.normal(size=len(MODELS)) * np.sqrt(np.diff(MODELS, prepend=0))
    totals = dict(zip(MODELS, steps.cumsum(), strict=True))
    drift = effect / np.sqrt(MODELS[-1])

    def test(look: Spending) -> float:
        grown = totals[look.models] + drift * look.models
        return float(norm.sf(grown / np.sqrt(look.models)))

    return test


def of_ensembles(planted: float, run: int) -> Test:
    """Return the test of two ensembles, A against A or with one planted difference."""
    cell = replace(SETTING, planted=planted)
    sides = simulate(cell, seeding.stream(run, "looks", repr(cell)))

    def test(look: Spending) -> float:
        few = [side.take(slice(0, look.models)) for side in sides]
        draws = look.permutations(ASKED)
        found = compare(*few, directions=1, permutations=draws, seed=run, estimator="auto")
        return float(found.p_value)

    return test


def looked(test: Test, plan: int) -> tuple[bool, bool, bool]:
    """Return whether a run is significant at any look: paid, unpaid; and at the last alone."""
    taken: tuple[Look, ...] = ()
    paid = []
    for models in MODELS:
        planned = max(plan, models)
        look = Spending(before=taken, models=models, planned=planned, level=LEVEL)
        own = test(look)
        paid.append(own <= look.share * LEVEL)
        taken = look.taken(own)
    unpaid = [look.p_value <= LEVEL for look in taken]
    return any(paid), any(unpaid), unpaid[-1]


def lines(args: argparse.Namespace) -> Iterator[str]:
    how = " --ensembles" if args.ensembles else ""
    tested = "simulated ensembles over groups" if args.ensembles else "the mean of normal numbers"
    yield f"""# Looking again

    python benchmarks/looks.py --runs {args.runs}{how} --write

The test is of {tested}, at {", ".join(map(str, MODELS))} models a side. Percentage of {args.runs}
runs significant at a level of {LEVEL}, with 95% Clopper-Pearson intervals. Where there is no
effect, at most 5 is promised of p-values that pay for their looks.

| effect | planned | paid, at any look | unpaid, at any look | one look, at {MODELS[-1]} |
|---|---|---|---|---|"""
    make, effects = (of_ensembles, PLANTED) if args.ensembles else (of_a_mean, MEANS)
    for effect in effects:
        for name, plan in PLANS.items():
            runs = np.array([looked(make(effect, run), plan) for run in range(args.runs)])
            cells = [told(int(column.sum()), args.runs) for column in runs.T]
            yield f"| {effect or 'none'} | {name} | {' | '.join(cells)} |"


def told(hits: int, runs: int) -> str:
    low, high = binomtest(hits, runs).proportion_ci()
    return f"{100 * hits / runs:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="of each setting")
    parser.add_argument("--ensembles", action="store_true", help="compared as a study does")
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
