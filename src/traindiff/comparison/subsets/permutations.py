"""The permutation null: outputs against masks of other models (METHOD §5.4).

Under the null hypothesis A − sB is noise that owes nothing to which examples a model saw, so
outputs may be permuted against masks: within each algorithm, or jointly when A and B are paired.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from traindiff import seeding
from traindiff.comparison.subsets.reduced import Problem
from traindiff.comparison.whitened import Measured, Whitening
from traindiff.progress import Advance
from traindiff.threads import available

__all__ = ["differences", "permuted"]


def differences(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the difference datamodels of A and of B in the basis, each [basis, train]."""
    a, b = problem.a, problem.b
    return a.outputs @ a.contrast, b.outputs @ b.contrast


def permuted(
    problem: Problem,
    whitenings: Sequence[Whitening],
    permutations: int,
    seed: int,
    advance: Advance,
) -> Iterator[list[Measured]]:
    """Yield the statistics of each permuted data set, one per whitening.

    Permutation i depends on ``seed`` and i alone, whatever the number of threads. All scales share
    it, so that their p-values move together.
    """
    a, b = problem.a, problem.b

    def draw(index: int) -> list[Measured]:
        rng = seeding.stream(seed, "permutation", index)
        order_a = rng.permutation(a.outputs.shape[1])
        order_b = order_a if problem.paired else rng.permutation(b.outputs.shape[1])
        left, right = a.outputs[:, order_a] @ a.contrast, b.outputs[:, order_b] @ b.contrast
        return [whitening.measure(left, right) for whitening in whitenings]

    with ThreadPoolExecutor(available()) as threads:
        for measured in threads.map(draw, range(permutations)):
            yield measured
            advance(1)
