"""The datamodel estimators: speed against other lasso solvers, scaling, recovery.

    python benchmarks/datamodels.py                  # everything (about an hour on two cores)
    python benchmarks/datamodels.py --tables speed   # or: floor, scaling, large, recovery

All data are synthetic: sparse planted datamodels over random half-size subsets.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
THREADS = len(os.sched_getaffinity(0))

import numpy as np  # noqa: E402
from cases.lasso_peers import Peer, peers  # noqa: E402
from cases.planted_datamodels import Planted, plant  # noqa: E402

from traindiff.datamodels import Settings, fit_datamodels  # noqa: E402
from traindiff.datamodels.certificate import kkt_residual  # noqa: E402
from traindiff.datamodels.design import Design  # noqa: E402
from traindiff.datamodels.fit import ESTIMATORS  # noqa: E402
from traindiff.datamodels.lasso import lasso_path  # noqa: E402
from traindiff.datamodels.path import Path as Solutions  # noqa: E402
from traindiff.datamodels.quality import spearman  # noqa: E402
from traindiff.datamodels.sample import Sample  # noqa: E402

WHOLE_PATH = Settings(patience=99, doubt=99.0)


def timed(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the shortest of some wall-clock times, in seconds."""
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return float(best)


def halves(data: Planted) -> tuple[Design, Sample]:
    """Return the design of nine tenths of the models, and the rest, which chooses penalties."""
    cut = len(data.masks) * 9 // 10
    fitted = Sample(masks=data.masks[:cut], values=data.values[:cut])
    return Design.of(fitted), Sample(masks=data.masks[cut:], values=data.values[cut:])


def speed(r2: float, *, m: int = 4000, n: int = 2000, targets: int = 200) -> None:
    print(f"\n## Speed: m = {m}, n = {n}, T = {targets}, 30 penalties to λ_max/100, R² = {r2}")
    design, choice = halves(plant(m, n, targets, relevant=40, r2=r2))
    ours = lasso_path(design, Settings(), choice=choice)
    whole = lasso_path(design, WHOLE_PATH, choice=choice)
    early = timed(lambda: lasso_path(design, Settings(), choice=choice)) / targets
    every = timed(lambda: lasso_path(design, WHOLE_PATH, choice=choice), 1) / targets
    penalty = np.take_along_axis(ours.grid, ours.chosen[:, None], axis=1)[:, 0]
    certificate = kkt_residual(design.sample, ours.weights, penalty).max()
    print(f"largest violation of optimality / penalty, float64: {certificate:.1e}")
    print(f"non-zero weights a target: {(ours.weights != 0).sum(axis=1).mean():.0f}")
    print("every solver may use all cores; each peer follows the whole path of 4 targets")
    print(f"{'solver':<40}{'ms/target':>10}{'ratio':>8}{'same λ':>8}{'least corr.':>12}")
    same = f"{(ours.chosen == whole.chosen).mean():8.1%}"
    print(f"{'traindiff, Gram and all':<40}{early * 1e3:10.2f}{1:8.0f}{same}{'':>12}")
    print(f"{'traindiff, the whole path':<40}{every * 1e3:10.2f}{every / early:8.1f}")
    x = np.asfortranarray(design.sample.masks - design.means)
    gram, held = x.T @ x, choice.masks - design.means
    for name, solve in peers().items():
        one_peer(name, solve, (x, gram, held), (design, choice), ours, early)


def one_peer(
    name: str,
    solve: Peer,
    matrices: tuple[np.ndarray, np.ndarray, np.ndarray],
    models: tuple[Design, Sample],
    ours: Solutions,
    early: float,
    targets: int = 4,
) -> None:
    (x, gram, held), (design, choice) = matrices, models
    chooses = "LassoCV" not in name
    spent, same, correlations = [], [], []
    for t in range(targets if chooses else 1):
        y = design.centred_values(slice(t, t + 1))[:, 0]
        grid = ours.grid[t].astype(float)
        if t == 0 and chooses:
            solve(x, gram, y, grid)  # compiled or loaded on first use
        start = time.perf_counter()
        theirs = solve(x, gram, y, grid)
        spent.append(time.perf_counter() - start)
        errors = ((choice.values[:, t, None] - design.output_means[t] - held @ theirs) ** 2).mean(0)
        same.append(errors.argmin() == ours.chosen[t])
        correlations.append(np.corrcoef(theirs[:, ours.chosen[t]], ours.weights[t])[0, 1])
    each = float(np.mean(spent))
    agreement = f"{np.mean(same):8.1%}{min(correlations):12.7f}" if chooses else ""
    print(f"{name:<40}{each * 1e3:10.1f}{each / early:8.0f}{agreement}", flush=True)


def floor(*, m: int = 4000, n: int = 2000, targets: int = 200) -> None:
    print(f"\n## Floor: what all targets share, m = {m}, n = {n}, T = {targets}, seconds")
    design, choice = halves(plant(m, n, targets, relevant=40, r2=0.5))
    floats = design.sample.masks.astype(np.float32)
    rows = {
        "Gram matrix from packed bits": timed(design.gram),
        "Gram matrix as a float32 product": timed(lambda: floats.T @ floats),
        "cross-products": timed(lambda: design.cross(slice(0, targets))),
        "lasso, Gram and all": timed(lambda: lasso_path(design, Settings(), choice=choice)),
        "lasso, one thread": timed(lambda: lasso_path(design, Settings(threads=1), choice=choice)),
    }
    for name, seconds in rows.items():
        print(f"{name:<40}{seconds:8.3f}")


def scaling() -> None:
    print("\n## Scaling: lasso, R² = 0.5, 40 relevant examples; fit, choice and LDS")
    by_n = [run_apart(2 * n, n, 200) for n in (500, 1000, 2000, 5000, 10_000, 20_000)]
    by_t = [run_apart(4000, 2000, targets) for targets in (100, 1000, 5000)]
    print(f"{'m':>8}{'n':>8}{'T':>8}{'seconds':>10}{'peak GiB':>10}{'LDS':>8}")
    for row in (*by_n, *by_t):
        print_run(row)
    for name, rows, axis in (("n, m = 2n, T = 200", by_n, "n"), ("T", by_t, "targets")):
        for field in ("seconds", "peak"):
            slope = np.polyfit(np.log([r[axis] for r in rows]), np.log([r[field] for r in rows]), 1)
            print(f"fitted exponent of {field} in {name}: {slope[0]:.2f}")


def large() -> None:
    print("\n## Large: n = 20,000, m = 20,000, T = 1,000, with and without a shared Gram matrix")
    print(f"{'m':>8}{'n':>8}{'T':>8}{'seconds':>10}{'peak GiB':>10}{'LDS':>8}")
    print_run(run_apart(20_000, 20_000, 1000))
    print("without a Gram matrix (memory=1), T = 64:")
    print_run(run_apart(20_000, 20_000, 64, memory=1))


def print_run(row: dict[str, float]) -> None:
    shape = f"{row['m']:8,.0f}{row['n']:8,.0f}{row['targets']:8,.0f}"
    print(f"{shape}{row['seconds']:10.1f}{row['peak']:10.2f}{row['lds']:8.3f}", flush=True)


def run_apart(m: int, n: int, targets: int, memory: int = 4 << 30) -> dict[str, float]:
    """Run one fit in a process of its own, so that its peak memory is its own."""
    arguments = [str(number) for number in (m, n, targets, memory)]
    command = [sys.executable, __file__, "--one", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def peak_gib() -> float:
    """Return the most memory this process held; unlike `getrusage`, without its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20


def run_here(m: int, n: int, targets: int, memory: int) -> None:
    warm = plant(60, 20, 2, relevant=2, r2=0.5).outputs
    fit_datamodels(warm, settings=Settings(memory=memory))
    outputs = plant(m, n, targets, relevant=40, r2=0.5).outputs
    start = time.perf_counter()
    datamodels = fit_datamodels(outputs, settings=Settings(memory=memory))
    seconds = time.perf_counter() - start
    row = {"m": m, "n": n, "targets": targets, "seconds": seconds, "peak": peak_gib()}
    print(json.dumps(row | {"lds": datamodels.lds.mean}))


def support_f1(found: np.ndarray, planted: np.ndarray) -> float:
    """Return the mean over targets of F1 of two sets of training examples."""
    both = (found & planted).sum(axis=1)
    return float((2 * both / np.maximum(found.sum(axis=1) + planted.sum(axis=1), 1)).mean())


def recovery(*, n: int = 1000, targets: int = 100, relevant: int = 20) -> None:
    print(f"\n## Recovery: n = {n}, T = {targets}, {relevant} relevant examples a target")
    print("F1, top: of the largest |weights|, as many as are planted; F1, own: of those not 0")
    print(f"{'m':>6}{'R²':>5}{'estimator':>12}{'F1, top':>9}{'F1, own':>9}{'LDS':>7}{'seconds':>9}")
    for r2 in (0.2, 0.8):
        for m in (500, 2000, 8000):
            data = plant(m + 1000, n, targets, relevant=relevant, r2=r2)
            for name in (*ESTIMATORS, "oracle"):
                print_recovery(data, name, m, r2)


def print_recovery(data: Planted, name: str, m: int, r2: float) -> None:
    fresh, start = slice(m, None), time.perf_counter()
    weights = data.weights
    if name != "oracle":
        weights = fit_datamodels(data.outputs.take(slice(0, m)), name).weights
    seconds = time.perf_counter() - start
    planted = data.weights != 0
    count = int(planted.sum(axis=1).max())
    size = np.abs(weights)
    top = (size >= np.partition(size, -count, axis=1)[:, [-count]]) & (size > 0)
    lds = spearman(data.masks[fresh] @ weights.T, data.values[fresh]).mean()
    scores = f"{support_f1(top, planted):9.2f}{support_f1(weights != 0, planted):9.2f}{lds:7.3f}"
    print(f"{m:6}{r2:5.1f}{name:>12}{scores}{seconds:9.2f}", flush=True)


def main() -> None:
    tables = {
        "speed": lambda: [speed(r2) for r2 in (0.2, 0.8)],
        "floor": floor,
        "scaling": scaling,
        "large": large,
        "recovery": recovery,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=tables, default=list(tables))
    parser.add_argument("--one", nargs=4, type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        run_here(*arguments.one)
        return
    print(f"$ python benchmarks/datamodels.py --tables {' '.join(arguments.tables)}")
    print(f"{platform.processor() or platform.machine()}, {THREADS} cores; shortest of 3 times")
    for name in arguments.tables:
        tables[name]()


if __name__ == "__main__":
    main()
