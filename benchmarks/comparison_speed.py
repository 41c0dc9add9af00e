"""Time and memory of compare(), against the bars it has to meet on two cores.

Outputs are simulated: a linear signal of rank 20 and noise that all targets share. CPU seconds are
those of all threads together, and tell more than seconds on a machine that has other work.
"""

import argparse
import resource
import time
from dataclasses import dataclass

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
        size = SIZES[name]
        sides = simulate(size, 0)
        start, cpu = time.perf_counter(), time.process_time()
        found = compare(*sides, permutations=200)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"| {size.models:,} | {size.train:,} | {size.targets:,} | {seconds:.1f} "
            f"| {cpu:.1f} | {size.seconds:.0f} | {peak:.1f} | {size.gib:.0f} "
            f"| {found.p_value:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
