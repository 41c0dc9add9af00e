"""The cost model of docs/explanation/scale.md, against measurements at three sizes.

    python benchmarks/scale.py training     seconds a model against the size of its subset
    python benchmarks/scale.py disk         bytes of outputs in the store, against the formula
    python benchmarks/scale.py workers      seconds with one worker process and with two
    python benchmarks/scale.py comparison   CPU seconds and memory of compare(), against m, n and T
    python benchmarks/scale.py models       models needed against the number of training examples

CPU seconds are those of all threads together: the machine may have other work.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from traindiff import Outputs, TorchAlgorithm, compare
from traindiff.datasets.bundled import digits
from traindiff.store import RunStore
from traindiff.training import Processes, draw_masks, model_seeds, train_outputs

SIZES = ((250, 300, 200), (500, 600, 400), (1000, 1200, 800), (3000, 3600, 1200))
"""(models, train, targets)."""
MOST = 128
"""Target-space directions that a permutation costs, at most."""
PERMUTATIONS = 200


def main() -> None:
    tables = {f.__name__: f for f in (training, disk, workers, comparison, models)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", choices=[*tables, []], default=list(tables))
    for name in parser.parse_args().tables:
        print(f"$ python benchmarks/scale.py {name}\n")
        tables[name]()
        print()


def cpu(function: Callable[[], object]) -> float:
    before = time.process_time()
    function()
    return time.process_time() - before


def training() -> None:
    """Training is linear in what a model sees, and prediction in the targets."""
    print("| training examples seen | epochs | CPU ms a model | of which a example seen, in µs |")
    print("|---|---|---|---|")
    data = digits()
    for n, epochs in ((200, 10), (400, 10), (800, 10), (800, 20)):
        train = data.take(np.arange(n))
        algorithm = TorchAlgorithm(name="mlp", arguments={"hidden": [64]}, epochs=epochs)
        masks = draw_masks(128, n, 0.5, 0)
        seeds = model_seeds(128, 0)
        algorithm.train(train, masks[:8], seeds[:8], lambda count: None)
        seconds = cpu(lambda a=algorithm, t=train, m=masks, s=seeds: a.train(t, m, s, _ignore))
        each = seconds / 128
        print(f"| {n // 2} | {epochs} | {1e3 * each:.1f} | {1e6 * each / (n // 2 * epochs):.2f} |")


def disk() -> None:
    """An upper bound: masks take a byte a training example, all else 8 a target."""
    print("| models | train | targets | bytes on disk | m (n + 8 T) + 8192 a chunk | ratio |")
    print("|---|---|---|---|---|---|")
    data = digits()
    for m, n, t in ((64, 100, 50), (128, 200, 100), (256, 400, 200)):
        train, targets = data.take(np.arange(n)), data.take(np.arange(n, n + t))
        algorithm = TorchAlgorithm(name="mlp", arguments={"hidden": [16]}, epochs=1)
        with tempfile.TemporaryDirectory() as folder:
            store = RunStore.open(Path(folder) / "run", {"study": 0})
            with store as pieces:
                masks, seeds = draw_masks(m, n, 0.5, 0), model_seeds(m, 0)
                train_outputs(algorithm, train, targets, masks, seeds, pieces=pieces, name="a")
            files = (Path(folder) / "run" / "arrays").rglob("*")
            used = sum(file.stat().st_size for file in files if file.is_file())
        bound = m * (n + 8 * t) + 8192 * -(-m // 64)
        print(f"| {m} | {n} | {t} | {used:,} | {bound:,} | {used / bound:.2f} |")


def workers() -> None:
    """Workers share nothing; starting them takes the same seconds whatever there is to train."""
    print("| models | seconds, 1 worker | seconds, 2 workers | ratio |")
    print("|---|---|---|---|")
    data = digits()
    train, targets = data.take(np.arange(400)), data.take(np.arange(400, 500))
    algorithm = TorchAlgorithm(name="mlp", arguments={"hidden": [64]}, epochs=60)
    for m in (128, 512, 1536):
        masks, seeds = draw_masks(m, 400, 0.5, 0), model_seeds(m, 0)
        taken = []
        for count in (1, 2):
            before = time.perf_counter()
            engine = Processes(workers=count)
            train_outputs(algorithm, train, targets, masks, seeds, engine=engine, chunk=32)
            taken.append(time.perf_counter() - before)
        print(f"| {m} | {taken[0]:.1f} | {taken[1]:.1f} | {taken[0] / taken[1]:.2f} |", flush=True)


def comparison() -> None:
    """A permutation costs two products of basis × models × train; the basis holds at most 128."""
    print(
        "| models | train | targets | CPU s | 10⁹ operations | CPU s for 10⁹ | MB | MB by formula |"
    )
    print("|---|---|---|---|---|---|---|---|")
    context = multiprocessing.get_context("spawn")
    for m, n, t in SIZES:
        with context.Pool(1) as pool:
            seconds, peak = pool.apply(compared, (m, n, t))
        operations = 4 * min(MOST, t) * m * n * (PERMUTATIONS + 20) / 1e9
        formula = (2 * 4 * m * n + 8 * t * t) / 1e6
        print(
            f"| {m:,} | {n:,} | {t:,} | {seconds:.1f} | {operations:,.0f} | "
            f"{seconds / operations:.3f} | {peak:.0f} | {formula:.0f} |",
            flush=True,
        )


def compared(m: int, n: int, t: int) -> tuple[float, float]:
    """Return CPU seconds of a comparison and by how many MB it raised the process's peak."""
    small = [simulated(60, 50, 20, effect=0.0, seed=seed) for seed in (0, 1)]
    compare(*small, directions=1, permutations=19, seed=0)  # what is compiled or loaded only once
    a, b = (simulated(m, n, t, effect=0.0, seed=seed) for seed in (0, 1))
    before = peak_mb()
    seconds = cpu(lambda: compare(a, b, directions=3, permutations=PERMUTATIONS, seed=0))
    return seconds, peak_mb() - before


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def models() -> None:
    """A tenth of the training set, of one joint effect, moves a fifth of the targets in A alone."""
    runs, targets = 8, 60
    print(f"Share of {runs} runs in which the first direction is significant (49 permutations).\n")
    grid = (40, 80, 160, 320, 640)
    print("| train | " + " | ".join(f"m = {m}" for m in grid) + " |")
    print("|---|" + "---|" * len(grid))
    for n in (50, 100, 200):
        shares = []
        for m in grid:
            found = 0
            for run in range(runs):
                a, b = (
                    simulated(m, n, targets, effect=effect, seed=1000 * run + side)
                    for side, effect in enumerate((3.0, 0.0))
                )
                result = compare(a, b, directions=1, permutations=49, seed=run)
                found += 0 in result.significant
            shares.append(found / runs)
        print(f"| {n} | " + " | ".join(f"{share:.2f}" for share in shares) + " |", flush=True)


def simulated(m: int, n: int, t: int, *, effect: float, seed: int) -> Outputs:
    """Return outputs: what both algorithms share, noise that targets share, and A's own effect.

    ``effect`` is how far the outputs of the affected targets rise when the whole affected tenth of
    the training set is seen instead of none of it, in standard deviations of the noise.
    """
    common, own = np.random.default_rng(0), np.random.default_rng(seed)
    masks = draw_masks(m, n, 0.5, seed)
    shared = common.normal(size=(n, 5)) @ common.normal(size=(5, t)) / np.sqrt(5 * n / 4)
    values = masks @ shared
    if effect:
        affected = slice(0, n // 10)
        values[:, : t // 5] += effect * masks[:, affected].mean(axis=1, keepdims=True)
    noise = own.normal(size=(m, 10)) @ common.normal(size=(10, t)) / np.sqrt(20)
    values = values + noise + own.normal(size=(m, t)) / np.sqrt(2)
    return Outputs(masks=masks, values=values.astype(np.float32))


def _ignore(count: int) -> None:
    """Take no notice of progress."""


if __name__ == "__main__":
    main()
