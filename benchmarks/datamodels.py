"""The datamodel estimators: speed against other lasso solvers, scaling, recovery.

    python benchmarks/datamodels.py              # every table, in this order
    python benchmarks/datamodels.py speed floor  # some of them

table      minutes  what it prints
speed            6  the lasso against scikit-learn, skglm, celer and glmnet, at R² 0.2 and 0.8
floor            1  the lasso against the matrix products that any solver needs
scaling         10  seconds, peak memory and their exponents, n 500 to 20,000, T 100 to 5,000
large            4  n = m = 20,000, T = 1,000, with and without a shared Gram matrix (12 GiB)
recovery         4  support F1 and LDS of each estimator against the oracle

Minutes are those of two cores with nothing else to do. All data are synthetic: sparse planted
datamodels over random half-size subsets. The peers of `speed` come with pip install '.[bench]'.
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
from cases.lasso_peers import Peer, absent, peers  # noqa: E402
from cases.planted_datamodels import Planted, plant  # noqa: E402

from traindiff.datamodels import PathSettings, fit_datamodels  # noqa: E402
from traindiff.datamodels.certificate import kkt_residual  # noqa: E402
from traindiff.datamodels.design import Design  # noqa: E402
from traindiff.datamodels.fit import ESTIMATORS  # noqa: E402
from traindiff.datamodels.lasso import lasso_path  # noqa: E402
from traindiff.datamodels.path import Path as Solutions  # noqa: E402
from traindiff.datamodels.quality import spearman  # noqa: E402
from traindiff.datamodels.sample import Sample  # noqa: E402

WHOLE_PATH = PathSettings(patience=99, doubt=99.0)


def timed(
    work: Callable[[], object],
    repeats: int = 3,
    enough: float = 4.0,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the shortest of some times, fewer when they are long, in seconds."""
    times: list[float] = []
    while len(times) < repeats and sum(times) < enough:
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


def halves(data: Planted) -> tuple[Design, Sample]:
    """Return the design of nine tenths of the models, and the rest, which chooses penalties."""
    cut = len(data.masks) * 9 // 10
    fitted = Sample(masks=data.masks[:cut], values=data.values[:cut])
    return Design.of(fitted), Sample(masks=data.masks[cut:], values=data.values[cut:])


def speed(r2: float, *, m: int = 4000, n: int = 2000, targets: int = 200) -> None:
    print(f"\n## Speed: m = {m}, n = {n}, T = {targets}, 30 penalties to λ_max/100, R² = {r2}")
    design, choice = halves(plant(m, n, targets, relevant=40, r2=r2))
    ours = lasso_path(design, PathSettings(), choice=choice)
    whole = lasso_path(design, WHOLE_PATH, choice=choice)

    def early() -> float:
        return timed(lambda: lasso_path(design, PathSettings(), choice=choice), 5) / targets

    every = timed(lambda: lasso_path(design, WHOLE_PATH, choice=choice), 2) / targets
    print(f"non-zero weights a target: {(ours.weights != 0).sum(axis=1).mean():.0f}")
    tried = np.isfinite(ours.errors).sum(axis=1)
    print(f"penalties tried before the stop: {tried.mean():.1f} of {ours.grid.shape[1]}")
    print("A peer follows 4 targets, one after the other, over the whole path and, in the column")
    print(
        "'stopped', only over the penalties that traindiff tried. Every solver may use all cores."
    )
    print(
        "violation: of the optimality conditions at the chosen penalty, as a share of it, float64"
    )
    print(HEADER)
    same = f"{(ours.chosen == whole.chosen).mean():8.1%}"
    violation = kkt_residual(design.sample, ours.weights, penalties(ours)).max()
    ours_now = early()
    print(
        row("traindiff, Gram and all", ours_now, ours_now)
        + f"{'':>18}{same}{'':>13}{violation:11.1e}"
    )
    violation = kkt_residual(design.sample, whole.weights, penalties(whole)).max()
    print(row("traindiff, the whole path", every, ours_now) + f"{'':>39}{violation:11.1e}")
    x = np.asfortranarray(design.sample.masks - design.means)
    gram, held = x.T @ x, choice.masks - design.means
    for name, solve in peers().items():
        one_peer(name, solve, (x, gram, held), (design, choice), ours, early)
    for name in absent():
        print(f"NOT MEASURED, because it is not installed: {name}")


HEADER = (
    f"{'solver':<37}{'ms/target':>10}{'ratio':>7}{'stopped':>10}{'ratio':>8}"
    f"{'same λ':>8}{'least corr.':>13}{'violation':>11}"
)


def row(name: str, seconds: float, ours: float) -> str:
    return f"{name:<37}{seconds * 1e3:10.2f}{seconds / ours:7.0f}"


def penalties(path: Solutions) -> np.ndarray:
    return np.take_along_axis(path.grid, path.chosen[:, None], axis=1)[:, 0]


def one_peer(
    name: str,
    solve: Peer,
    matrices: tuple[np.ndarray, np.ndarray, np.ndarray],
    models: tuple[Design, Sample],
    ours: Solutions,
    early: Callable[[], float],
) -> None:
    (x, gram, held), (design, choice) = matrices, models
    cross_validates = "LassoCV" in name
    whole, stopped, same, correlations, violations = [], [], [], [], []
    for t in range(1 if cross_validates else 4):
        y = design.centred_values(slice(t, t + 1))[:, 0]
        grid = ours.grid[t].astype(float)
        theirs = solve(x, gram, y, grid)  # and compiled, or loaded, on first use
        whole.append(timed(lambda y=y, grid=grid: solve(x, gram, y, grid)))
        if cross_validates:
            continue
        few = grid[np.isfinite(ours.errors[t])]
        stopped.append(timed(lambda y=y, few=few: solve(x, gram, y, few)))
        errors = ((choice.values[:, t, None] - design.output_means[t] - held @ theirs) ** 2).mean(0)
        best = theirs[:, ours.chosen[t]]
        same.append(errors.argmin() == ours.chosen[t])
        correlations.append(np.corrcoef(best, ours.weights[t])[0, 1])
        one = Sample(masks=design.sample.masks, values=design.sample.values[:, t : t + 1])
        violations.append(kkt_residual(one, best[None], penalties(ours)[t : t + 1])[0])
    ours_now = early()
    line = row(name, float(np.mean(whole)), ours_now)
    if not cross_validates:
        each = float(np.mean(stopped))
        line += f"{each * 1e3:10.1f}{each / ours_now:8.0f}"
        line += f"{np.mean(same):8.1%}{min(correlations):13.7f}{max(violations):11.1e}"
    print(line, flush=True)


def floor(*, m: int = 4000, n: int = 2000, targets: int = 200) -> None:
    print(f"\n## Floor: what all targets share, m = {m}, n = {n}, T = {targets}, R² = 0.5")
    print("CPU seconds, of all threads together, suffer less from other work on the machine")
    design, choice = halves(plant(m, n, targets, relevant=40, r2=0.5))
    floats = design.sample.masks.astype(np.float32)
    jobs: dict[str, Callable[[], object]] = {
        "Gram matrix as a float32 product": lambda: floats.T @ floats,
        "Gram matrix from packed bits": design.gram,
        "cross-products": lambda: design.cross(slice(0, targets)),
        "lasso, Gram and all": lambda: lasso_path(design, PathSettings(), choice=choice),
        "lasso, one thread": lambda: lasso_path(design, PathSettings(threads=1), choice=choice),
    }
    print(f"{'':<40}{'seconds':>9}{'CPU':>8}")
    cpu = {}
    for name, job in jobs.items():
        job()  # compiled, or loaded, on first use
        cpu[name] = timed(job, 20, enough=6.0, clock=time.process_time)
        print(f"{name:<40}{timed(job, 20):9.3f}{cpu[name]:8.3f}", flush=True)
    shared = cpu["Gram matrix from packed bits"] + cpu["cross-products"]
    whole = cpu["lasso, Gram and all"]
    print(f"the lasso takes {whole / shared:.1f} times the CPU of what all targets share")


def scaling() -> None:
    print("\n## Scaling: lasso, m = 2n, R² = 0.5, 40 relevant examples; fit, choice and LDS")
    print(RUN_HEADER)
    runs = []
    for n in (500, 1000, 2000, 5000, 20_000):
        for targets in (100, 1000) if n > 5000 else (100, 1000, 5000):
            runs.append(run_apart(2 * n, n, targets))
            print_run(runs[-1])
    shape = np.log([[run["n"], run["targets"], np.e] for run in runs])
    for field in ("seconds", "peak"):
        slopes = np.linalg.lstsq(shape, np.log([run[field] for run in runs]), rcond=None)[0]
        print(f"fitted exponents of {field}: {slopes[0]:.2f} in n (m = 2n), {slopes[1]:.2f} in T")
        for targets in (100, 1000):
            few, many = ([r for r in runs if r["targets"] == targets][k] for k in (-2, -1))
            last = np.log(many[field] / few[field]) / np.log(many["n"] / few["n"])
            print(f"  in n from 5,000 to 20,000 at T = {targets:,}: {last:.2f}")


def large() -> None:
    print("\n## Large: n = 20,000, m = 20,000, T = 1,000, with and without a shared Gram matrix")
    print(RUN_HEADER)
    print_run(run_apart(20_000, 20_000, 1000))
    print("T = 64, with it and without it (memory=1):")
    print_run(run_apart(20_000, 20_000, 64))
    print_run(run_apart(20_000, 20_000, 64, memory=1))


RUN_HEADER = f"{'m':>8}{'n':>8}{'T':>8}{'seconds':>10}{'peak GiB':>10}{'LDS':>8}"


def print_run(run: dict[str, float]) -> None:
    shape = f"{run['m']:8,.0f}{run['n']:8,.0f}{run['targets']:8,.0f}"
    print(f"{shape}{run['seconds']:10.1f}{run['peak']:10.2f}{run['lds']:8.3f}", flush=True)


def run_apart(m: int, n: int, targets: int, memory: int = 4 << 30) -> dict[str, float]:
    """Run one fit in a process of its own, so that its peak memory is its own."""
    arguments = [str(number) for number in (m, n, targets, memory)]
    command = [sys.executable, __file__, "one", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def run_here(m: int, n: int, targets: int, memory: int) -> None:
    warm = plant(60, 20, 2, relevant=2, r2=0.5).outputs
    fit_datamodels(warm, settings=PathSettings(memory=memory))
    outputs = plant(m, n, targets, relevant=40, r2=0.5).outputs
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts with what is held now
    start = time.perf_counter()
    datamodels = fit_datamodels(outputs, settings=PathSettings(memory=memory))
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 2**20
    run = {"m": m, "n": n, "targets": targets, "seconds": seconds, "peak": peak}
    print(json.dumps(run | {"lds": datamodels.lds.mean}))


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


TABLES = {
    "speed": lambda: [speed(r2) for r2 in (0.2, 0.8)],
    "floor": floor,
    "scaling": scaling,
    "large": large,
    "recovery": recovery,
}


def main() -> None:
    if sys.argv[1:2] == ["one"]:  # a run of its own process, from `run_apart`
        run_here(*(int(number) for number in sys.argv[2:]))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", metavar="table", help=", ".join(TABLES))
    chosen = parser.parse_args().tables or list(TABLES)
    if unknown := set(chosen) - set(TABLES):
        parser.error(f"no table {', '.join(unknown)}: there are {', '.join(TABLES)}")
    print(f"$ python benchmarks/datamodels.py {' '.join(chosen)}")
    print(f"{platform.machine()}, {THREADS} cores; the shortest of several times")
    for name in chosen:
        TABLES[name]()
        print(f"(load average of the last 5 minutes, this included: {os.getloadavg()[1]:.1f})")


if __name__ == "__main__":
    main()
