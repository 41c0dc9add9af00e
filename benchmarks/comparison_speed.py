"""Time and memory of compare(), against the bars it has to meet on two cores.

Outputs are simulated: a linear signal of rank 20 and noise that all targets share. CPU seconds are
those of all threads together, and tell more than seconds on a machine that has other work. Each
size runs in a process of its own; its first comparison, of a few models, is not counted.
"""

import argparse
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from traindiff import Outputs, compare


@dataclass(frozen=True)
class Size:
    models: int
    train: int
    targets: int
    seconds: float
    gib: float


SIZES = {
    "groups": Size(models=100, train=30, targets=400, seconds=1, gib=1),
    "wide": Size(models=400, train=300, targets=3000, seconds=10, gib=1),
    "very wide": Size(models=100, train=100, targets=20_000, seconds=20, gib=1),
    "small": Size(models=1500, train=600, targets=500, seconds=5, gib=8),
    "large": Size(models=10_000, train=10_000, targets=2000, seconds=120, gib=8),
}


def simulate(size: Size, seed: int) -> tuple[Outputs, Outputs]:
    rng = np.random.default_rng(seed)
    masks = np.array(
        [rng.permutation(size.train) < size.train // 2 for _ in range(size.models)], dtype=bool
    )
    signal = (
        masks.astype(np.float32)
        @ rng.normal(size=(size.train, 20)).astype(np.float32)
        @ rng.normal(size=(20, size.targets)).astype(np.float32)
    ) / np.sqrt(20 * size.train / 4)

    def outputs() -> Outputs:
        shared = rng.normal(size=(size.models, 40)) * np.linspace(2, 0.2, 40)
        noise = shared @ rng.normal(size=(40, size.targets)) / 6
        noise += rng.normal(size=(size.models, size.targets)) / 2
        return Outputs(masks=masks, values=signal + noise.astype(np.float32))

    return outputs(), outputs()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=list(SIZES))
    args = parser.parse_args()
    print("| models a side | train | targets | seconds | CPU seconds | bar | peak GiB | bar | p |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in args.sizes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            print(alone.submit(line, name).result(), flush=True)


def line(name: str) -> str:
    """Return a row of the table: the median of three comparisons, of one where that is long."""
    size, spent = SIZES[name], []
    compare(*simulate(Size(models=40, train=20, targets=10, seconds=1, gib=1), 0), permutations=19)
    sides = simulate(size, 0)
    while len(spent) < 3 and sum(seconds for seconds, _ in spent) < 30:
        start, cpu = time.perf_counter(), time.process_time()
        found = compare(*sides, permutations=200)
        spent.append((time.perf_counter() - start, time.process_time() - cpu))
    seconds, cpu = np.median(spent, axis=0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return (
        f"| {size.models:,} | {size.train:,} | {size.targets:,} | {seconds:.1f} | {cpu:.1f} "
        f"| {size.seconds:.0f} | {peak:.2f} | {size.gib:.0f} | {found.p_value:.3f} |"
    )


if __name__ == "__main__":
    main()
