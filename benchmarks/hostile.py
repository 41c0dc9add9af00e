"""Is anything called different that is not, or missed that is plain, where it once was?

    python benchmarks/hostile.py --runs 200

One row a fault that the comparison had; each run draws another pair. Finished parts are kept in
runs/hostile until the code that makes p-values changes.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from cases.hostile import ROWS
from scipy.stats import binomtest

from traindiff import comparison, statistics
from traindiff.identity import fingerprint

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "runs" / "hostile"
TABLE = ROOT / "benchmarks" / "results" / "calibration_hostile.md"
PART = 50
HEADER = """# Calibration: what was once called different, or missed

    python benchmarks/hostile.py --runs {runs}

The percentage of runs that were counted as the row says, with its 95% Clopper-Pearson interval (of
examples named: the mean, and which share of those named did not differ). Base: 100 models, 40
training examples, 25 targets, signal/noise 1, 59 permutations; checkpoints: 10 targets, 30 training
examples, at most 99 relabellings.

| setting | runs | counted | promised | % |
|---|---|---|---|---|"""


def part(name: str, start: int) -> np.ndarray:
    """Return what PART runs of a row told, [runs, 2], from the disk where they are known."""
    folders = (Path(package.__file__).parent for package in (comparison, statistics))
    code = [path.read_text() for folder in folders for path in sorted(folder.rglob("*.py"))]
    path = CACHE / f"{fingerprint([name, start, code])}.npy"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        [row] = [row for row in ROWS if row.name == name]
        np.save(path, np.array([row.run(run) for run in range(start, start + PART)], dtype=float))
    return np.load(path)


def percentage(told: np.ndarray) -> str:
    """Return a row's last cell."""
    counted, false = told.T
    if not np.isnan(false).any():
        return f"{100 * counted.mean():.1f}; false {100 * false.mean():.1f}"
    hits = int(counted.sum())
    low, high = binomtest(hits, len(counted)).proportion_ci()
    return f"{100 * hits / len(counted):.1f} ({100 * low:.1f}–{100 * high:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200, help="of each row")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--only", help="rows whose name has this; writes nothing")
    args = parser.parse_args()
    lines = [HEADER.format(runs=args.runs)]
    print(lines[0], flush=True)
    with ProcessPoolExecutor(args.jobs) as processes:
        for row in ROWS:
            if (args.only or "") not in row.name:
                continue
            parts = processes.map(partial(part, row.name), range(0, args.runs, PART))
            told = np.concatenate(list(parts))[: args.runs]
            cells = row.name, str(len(told)), row.counted, row.promise, percentage(told)
            lines.append(f"| {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    if not args.only:
        TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
