"""A against A: how often does the comparison see a difference where there is none?

Simulated ensembles of known signal and noise, and networks trained on digits; then simulated pairs
with one planted difference, of which no second direction and no other example may be called
different. Prints one row a setting, and writes the tables and a figure of p-values against uniform
quantiles. Finished settings are kept in runs/calibration until the code that makes p-values
changes.
"""

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
from cases.digits_null import SETTINGS, Pairs, Pool, pool
from cases.simulated import (
    Cell,
    differing,
    focused,
    grid,
    planted_targets,
    planted_train,
    simulate,
)
from scipy.stats import binomtest

from traindiff import Outputs, compare, comparison, seeding, statistics
from traindiff.identity import fingerprint

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "runs" / "calibration"
TABLE = ROOT / "benchmarks" / "results" / "calibration.md"
FOCUS_TABLE = ROOT / "benchmarks" / "results" / "calibration_focus.md"
FIGURE = ROOT / "docs" / "images" / "calibration.svg"
LEVEL = 0.05
PERMUTATIONS = 59
PART = 50
FDR = 0.1
COLUMNS = ("any difference", "first direction", "any train example", "any target")


def p_values(
    pair: tuple[Outputs, Outputs], shrinkage: float, seed: int, estimator: str = "difference"
) -> list[float]:
    """Return the p-value or least q-value behind each of COLUMNS."""
    found = compare(
        *pair,
        directions=1,
        permutations=PERMUTATIONS,
        shrinkage=shrinkage,
        seed=seed,
        level=LEVEL,
        estimator=estimator,
    )
    least = found.train_q_values.min(), found.target_q_values.min()
    return [found.p_value, found.p_values[0], *(float(each) for each in least)]


def simulated_run(cell: Cell, run: int) -> list[float]:
    rng = seeding.stream(run, "calibration", repr(cell))
    return p_values(simulate(cell, rng), cell.shrinkage, run, cell.estimator)


def planted_run(cell: Cell, run: int) -> list[float]:
    """Return the second direction's p-value, and found and false among train and targets."""
    rng = seeding.stream(run, "calibration", repr(cell))
    found = compare(
        *simulate(cell, rng), directions=2, permutations=PERMUTATIONS, seed=run, level=LEVEL
    )
    shares = []
    for q_values, true in (
        (found.train_q_values, planted_train(cell)),
        (found.target_q_values, planted_targets(cell)),
    ):
        called = q_values <= FDR
        shares += [called[true].mean(), (called & ~true).sum() / max(called.sum(), 1)]
    return [max(found.p_value, found.p_values[1]), *(float(share) for share in shares)]


Run = Callable[[Cell, int], list[float]]


def simulated(
    cells: dict[str, Cell], one: Run, runs: int, jobs: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what ``one`` returns of every run of every setting, kept on disk in parts."""
    starts = range(0, runs, PART)
    with ProcessPoolExecutor(jobs) as processes:
        for name, cell in cells.items():
            work = partial(_simulated_part, cell, one)
            yield name, np.concatenate(list(processes.map(work, starts)))[:runs]


def _simulated_part(cell: Cell, one: Run, start: int) -> np.ndarray:
    runs = range(start, start + PART)
    return cached([repr(cell), one.__name__, start], lambda: [one(cell, run) for run in runs])


def real(masks: int) -> Iterator[tuple[str, np.ndarray]]:
    for name, (times, pairs) in SETTINGS.items():
        yield name, cached([name, masks], partial(_real_setting, times * masks, pairs))


def _real_setting(masks: int, pairs: Callable[[Pool], Pairs]) -> list[list[float]]:
    return [p_values(pair, 0.3, seed) for seed, pair in enumerate(pairs(pool(masks, CACHE)))]


def cached(about: list[object], run: Callable[[], list[list[float]]]) -> np.ndarray:
    """Return what ``run`` returned when the code and settings were last as they are now."""
    folders = (Path(package.__file__).parent for package in (comparison, statistics))
    code = [path.read_text() for folder in folders for path in sorted(folder.rglob("*.py"))]
    path = CACHE / f"{fingerprint([about, PERMUTATIONS, code])}.npy"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        np.save(path, np.array(run()))
    return np.load(path)


def row(name: str, observed: np.ndarray) -> str:
    cells = [name, str(len(observed))]
    for column in observed.T:
        hits = int((column <= LEVEL).sum())
        low, high = binomtest(hits, len(column)).proportion_ci()
        text = f"{100 * hits / len(column):.1f} ({100 * low:.1f}–{100 * high:.1f})"
        cells.append(f"**{text}**" if low > LEVEL else text)
    return f"| {' | '.join(cells)} |"


def planted_row(name: str, observed: np.ndarray) -> str:
    second = row(name, observed[:, :1])
    shares = 100 * observed[:, 1:].mean(axis=0)
    return f"{second} {' | '.join(f'{share:.1f}' for share in shares)} |"


PLANTED = f"""

## Where one thing differs

A's datamodels of half of the targets have more weight on a tenth of the training examples. The
percentage of runs that call a second direction significant (at most {100 * LEVEL:.0f} is promised),
and mean percentages over runs: of the planted training examples and targets, how many have
q <= {FDR}; of those that have, how many were not planted (at most {100 * FDR:.0f} is promised).

| setting | runs | second direction | train found | train false | targets found | targets false |
|---|---|---|---|---|---|---|"""


def header(command: str) -> str:
    return f"""# Calibration: A against A

    {command}

Percentage of runs with p (or the least q) <= {LEVEL}, with its 95% Clopper-Pearson interval; at
most 5 is promised. {PERMUTATIONS} permutations a run. Bold: the interval lies above 5. Simulated
settings differ from the base in what they state; "signal/noise" is the ratio of standard
deviations over models of what the masks explain linearly and of the rest.

| setting | runs | {" | ".join(COLUMNS)} |
|---|---|{"---|" * len(COLUMNS)}"""


def draw_figure(results: dict[str, np.ndarray]) -> None:
    frames = []
    for name, observed in results.items():
        quantiles = np.sort(observed[:, 0])
        expected = (np.arange(len(quantiles)) + 0.5) / len(quantiles)
        kinds = ("digits", "unpaired", "groups")
        kind = next((k for k in kinds if name.startswith(k)), "paired")
        frames.append(
            pd.DataFrame({"uniform": expected, "p": quantiles, "setting": name, "kind": kind})
        )
    lines = (
        alt.Chart(pd.concat(frames))
        .mark_line(opacity=0.6, strokeWidth=1)
        .encode(
            x=alt.X("uniform", title="uniform quantile"),
            y=alt.Y("p", title="p-value (below the diagonal: too often small)"),
            detail="setting",
        )
    )
    ends = pd.DataFrame({"uniform": [0, 1], "p": [0, 1]})
    diagonal = alt.Chart(ends).mark_line(color="black", strokeDash=[4, 3])
    panels = [
        (
            lines.transform_filter(alt.datum.kind == kind) + diagonal.encode(x="uniform", y="p")
        ).properties(width=230, height=230, title=title)
        for kind, title in (
            ("paired", "simulated, same masks"),
            ("unpaired", "simulated, other masks"),
            ("groups", "simulated, groups"),
            ("digits", "networks on digits"),
        )
    ]
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    alt.hconcat(*panels).save(FIGURE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="of each simulated setting")
    parser.add_argument("--masks", type=int, default=5000, help="of the pool of real networks")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--focus", action="store_true", help="groups alone, a table of their own")
    parser.add_argument("--only", help="settings whose name has this; writes nothing")
    parser.add_argument("--quick", action="store_true", help="20 runs, 1,000 masks; writes nothing")
    args = parser.parse_args()
    runs, masks = (20, 1000) if args.quick else (args.runs, args.masks)
    text = header(f"python benchmarks/calibration.py --runs {runs} --masks {masks}")
    print(text, flush=True)
    results = {}
    cells = focused() if args.focus else {**grid(), **focused()}
    if args.focus or args.only:
        chosen = {name: cell for name, cell in cells.items() if (args.only or "") in name}
        text = header(f"python benchmarks/calibration.py --focus --runs {runs}")
        for name, observed in simulated(chosen, simulated_run, runs, args.jobs):
            text += f"\n{row(name, observed)}"
            print(row(name, observed), flush=True)
            if args.focus and not (args.only or args.quick):
                FOCUS_TABLE.write_text(f"{text}\n")
        return
    for source in (simulated(cells, simulated_run, runs, args.jobs), real(masks)):
        for name, observed in source:
            results[name] = observed
            text += f"\n{row(name, observed)}"
            print(row(name, observed), flush=True)
    print(PLANTED, flush=True)
    text += PLANTED
    for name, observed in simulated(differing(), planted_run, runs, args.jobs):
        text += f"\n{planted_row(name, observed)}"
        print(planted_row(name, observed), flush=True)
    if not args.quick:
        TABLE.parent.mkdir(parents=True, exist_ok=True)
        TABLE.write_text(f"{text}\n")
        draw_figure(results)


if __name__ == "__main__":
    main()
